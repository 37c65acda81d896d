import {
  FAULT_IN_FORCE,
  FaultSwitch,
  RinglogError,
  RpcClient,
  encodeError,
  partitionName,
  systemClock,
  entryUrl,
  withTransfer,
  type Clock,
  type ModuleLocation,
  type SwitchedFault,
} from '@ringlog/core/internal'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { BlockedState } from './blocked-report.ts'
import type { WorkerEvent } from './partition-event.ts'
import type { GroupGateMove, GroupGateOffset } from './partition-gates.ts'
import type { PartitionWorkerMetrics } from './partition-metrics.ts'
import type {
  PartitionControl,
  PartitionEventMessage,
  PartitionStart,
  ProducerConnection,
  ReaderDescription,
} from './partition-start.ts'
import { threadEach, type PartitionThread, type StartPartitionThread } from './partition-thread.ts'

const NEXT_STATES: Readonly<Record<PartitionHostState, readonly PartitionHostState[]>> = {
  starting: ['ready', 'closing', 'crashed'],
  ready: ['closing', 'crashed'],
  closing: ['closed', 'crashed'],
  closed: [],
  crashed: [],
}

const DEFAULT_START_TIMEOUT_MS = 10_000
/**
 * How long a worker may take to answer. A client waits for 30 s: so it hears which worker does not, also where
 * the controller has to take back what another call has done before.
 */
const CALL_TIMEOUT_MS = 12_000
/** What a thread may take to end after its last answer, before it is ended by force: something else keeps it. */
const EXIT_GRACE_MS = 1_000
/**
 * INV-93: of what takes something away. The worker's answer ends it, or its death, however long that takes:
 * nobody would ask again.
 */
const UNTIL_ANSWERED = { deadlineMs: Infinity }

/**
 * Where the file is that a partition's thread begins with.
 *
 * @param given Where a bundler has put it; `null`: beside this package.
 * @throws RinglogError INVALID_CONFIG where it is not found.
 */
export function partitionWorkerUrl(given: ModuleLocation | null): string {
  return entryUrl({
    specifier: '@ringlog/partition-worker/worker',
    option: 'workers.partitionWorker',
    given,
    resolve: (specifier) => import.meta.resolve(specifier),
  })
}

/**
 * Starts and owns the thread of one partition (`worker.ts`). What calls are pending when the thread
 * ends is rejected with WORKER_CRASHED; nothing hangs.
 *
 * Thread: the controller's, or any other that wants a partition of its own.
 */
export class PartitionHost {
  readonly #name: string
  readonly #clock: Clock
  readonly #thread: PartitionThread
  readonly #control: RpcClient<PartitionControl>
  readonly #ended: Promise<void>
  #state: PartitionHostState = 'starting'
  #crash: RinglogError | null = null
  /** Of the faults that were injected: they end with the thread. */
  #faultSwitches: FaultSwitch[] = []
  #closeReason: RinglogError | null = null

  /**
   * Starts the thread; resolves when it can append.
   *
   * @throws RinglogError WORKER_CRASHED when it ends first, or is not ready by `startTimeoutMs`.
   */
  static async start(options: PartitionHostOptions): Promise<PartitionHost> {
    const host = new PartitionHost(options)
    const { signal, startTimeoutMs: timeoutMs = DEFAULT_START_TIMEOUT_MS } = options
    const cancel = (): void => void host.terminate()
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      await host.#control.call('ready', [], { deadlineMs: host.#clock.nowMs() + timeoutMs })
    } catch (error) {
      // A port that closed belongs to a thread that ends: its exit event says why.
      if (RinglogError.is(error, 'WORKER_CRASHED')) await host.#ended
      if (host.#crash !== null) throw host.#crash
      await host.terminate()
      throw new RinglogError(
        'WORKER_CRASHED',
        `worker of partition ${host.#name} was not ready in time: startTimeoutMs=${timeoutMs}`,
        { cause: error },
      )
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
    host.#moveTo('ready')
    return host
  }

  private constructor(options: PartitionHostOptions) {
    const {
      onCrash,
      onEvent,
      startThread,
      clock,
      startTimeoutMs: _,
      signal: __,
      ...start
    } = options
    this.#name = partitionName(start.topic, start.partition)
    const { port1, port2 } = new MessageChannel()
    const begin = startThread ?? threadEach(partitionWorkerUrl(null))
    this.#clock = clock ?? systemClock
    this.#thread = begin({ ...start, controlPort: port2 }, this.#name)
    this.#control = new RpcClient<PartitionControl>(port1, {
      name: `worker of partition ${this.#name}`,
      clock: this.#clock,
      callTimeoutMs: CALL_TIMEOUT_MS,
      lostError: () => this.#closeReason ?? this.#crash ?? this.#crashed('its port closed'),
    })
    // Answers to calls are Comlink's: it passes over everything else.
    port1.on('message', ({ partitionEvent }: Partial<PartitionEventMessage>) => {
      if (partitionEvent !== undefined) onEvent?.(partitionEvent)
    })
    let thrown: unknown
    this.#thread.on('error', (error) => (thrown = error))
    this.#ended = new Promise((resolve) => {
      this.#thread.on('exit', (exitCode) => {
        if (this.#state === 'closing') this.#moveTo('closed')
        else {
          this.#crash = this.#crashed(`exitCode=${exitCode}`, thrown)
          this.#moveTo('crashed')
          onCrash?.(this.#crash)
        }
        this.#control.close()
        for (const faultSwitch of this.#faultSwitches) faultSwitch.end()
        resolve()
      })
    })
  }

  get state(): PartitionHostState {
    return this.#state
  }

  /** Resolves when the thread has ended, for whatever reason. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /** Lets a producer append over `port`, as `PartitionService`; the port is transferred. */
  connectProducer(producer: ProducerConnection, port: MessagePort): Promise<void> {
    return this.#control.call('connectProducer', [producer, withTransfer(port, [port])])
  }

  /** Ends the lane of a producer that is gone, and has no port to the worker. */
  async closeLane(laneId: string): Promise<void> {
    await this.#control.call('closeLane', [laneId], UNTIL_ANSWERED)
  }

  /** Fixes a reader's position; its gate is up, and it is rung, when this resolves. */
  openReader(reader: ReaderDescription): Promise<{ startOffset: number }> {
    return this.#control.call('openReader', [reader])
  }

  async closeReader(consumerId: string): Promise<void> {
    await this.#control.call('closeReader', [consumerId], UNTIL_ANSWERED)
  }

  /**
   * Gives a group's gate over to other memory; it holds there, and its owner is rung, when this
   * resolves. The owner is rung until `closeReader`.
   */
  moveGroupGate(move: GroupGateMove): Promise<GroupGateOffset> {
    return this.#control.call('moveGroupGate', [move])
  }

  removeGroupGate(groupId: string): Promise<void> {
    return this.#control.call('removeGroupGate', [groupId], UNTIL_ANSWERED)
  }

  /** Deletes records, as `Admin.deleteRecords`; resolves with the log's start. */
  deleteRecords(beforeOffset: number): Promise<number> {
    return this.#control.call('deleteRecords', [beforeOffset])
  }

  /** No consumer comes any more: the worker refuses appends that wait for one. */
  async expectNoConsumers(): Promise<void> {
    await this.#control.call('expectNoConsumers', [])
  }

  /** How many appends wait for room in the partition's ring, and for which holder; `null`: none. */
  blocked(deadlineMs: number): Promise<BlockedState | null> {
    return this.#control.call('blocked', [], { deadlineMs })
  }

  metrics(deadlineMs: number): Promise<PartitionWorkerMetrics> {
    return this.#control.call('metrics', [], { deadlineMs })
  }

  /**
   * Injects a fault, for tests; resolves when it is in force. A kill that is aimed at no step is made here: the
   * thread may be blocked.
   */
  async injectFault(switched: SwitchedFault): Promise<void> {
    const faultSwitch = new FaultSwitch(switched.memory)
    if (faultSwitch.state !== FAULT_IN_FORCE) return // it has struck a former worker
    if (switched.fault.type === 'kill' && switched.fault.step === null) {
      faultSwitch.strike()
      await this.#thread.terminate()
      await this.#ended
      return
    }
    await this.#control.call('injectFault', [switched])
    const others = this.#faultSwitches.filter(({ state }) => state === FAULT_IN_FORCE)
    this.#faultSwitches = [...others, faultSwitch]
    if (NEXT_STATES[this.#state].length === 0) faultSwitch.end()
  }

  /**
   * Ends the thread: what waits for room, and what comes, is refused with `reason`. Ended by force past the
   * deadline, and where it has answered and does not end.
   */
  async close(deadlineMs: number, reason = new RinglogError('BROKER_CLOSED')): Promise<void> {
    this.#closeReason ??= reason
    if (this.#state === 'starting') await this.terminate()
    if (this.#state === 'ready') {
      this.#moveTo('closing')
      // The thread may end before its answer is read: then it has closed all the same.
      await this.#control
        .call('close', [encodeError(reason)], { deadlineMs })
        .catch(() => undefined)
      const leftMs = Math.max(0, deadlineMs - this.#clock.nowMs())
      const terminate = (): void => void this.#thread.terminate()
      const timer = this.#clock.setTimer(terminate, Math.min(leftMs, EXIT_GRACE_MS))
      await this.#ended
      this.#clock.clearTimer(timer)
    }
    await this.#ended
  }

  /** Ends the thread at once. */
  async terminate(): Promise<void> {
    if (this.#state === 'starting' || this.#state === 'ready') this.#moveTo('closing')
    await this.#thread.terminate()
    await this.#ended
  }

  #moveTo(state: PartitionHostState): void {
    if (!NEXT_STATES[this.#state].includes(state)) {
      throw new RinglogError(
        'INVALID_STATE',
        `partition ${this.#name} cannot go from ${this.#state} to ${state}`,
      )
    }
    this.#state = state
  }

  #crashed(how: string, cause?: unknown): RinglogError {
    return new RinglogError(
      'WORKER_CRASHED',
      `worker of partition ${this.#name} ended unexpectedly: ${how}`,
      cause === undefined ? {} : { cause },
    )
  }
}

/** The life of a partition's thread: forward only, except that any state may end in `crashed`. */
export type PartitionHostState = 'starting' | 'ready' | 'closing' | 'closed' | 'crashed'

export interface PartitionHostOptions extends Omit<PartitionStart, 'controlPort'> {
  /** Default: in a thread of its own, which begins with the file beside this package. */
  startThread?: StartPartitionThread | undefined
  /** Of the deadlines that the host is given; default: the process's. */
  clock?: Clock | undefined
  /** How long the thread may take to be ready. Default 10 s. */
  startTimeoutMs?: number | undefined
  /** Ends a thread that is not ready yet. */
  signal?: AbortSignal | undefined
  /** The thread has ended unexpectedly; called once, also when it never was ready. */
  onCrash?: ((error: RinglogError) => void) | undefined
  /** The worker reports a change of its log's state. */
  onEvent?: ((event: WorkerEvent) => void) | undefined
}
