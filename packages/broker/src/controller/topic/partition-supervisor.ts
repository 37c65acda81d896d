import {
  RinglogError,
  systemClock,
  type Clock,
  type ClockTimer,
  type LogReader,
  type PartitionRestartEvent,
  type PartitionStateWord,
} from '@ringlog/core/internal'
import {
  PartitionHost,
  type PartitionEvent,
  type PartitionHostOptions,
  type WorkerEvent,
} from '@ringlog/partition-worker'
import type { OfflineError } from '../../wire/offline-error.ts'
import { crashReport, offlineError } from './crash-report.ts'
import type { AttachmentBook } from './partition-attachments.ts'
import { RestartBudget, type RestartLimits } from './restart-budget.ts'
import { WorkerReadiness } from './worker-readiness.ts'

/**
 * Keeps one partition served: when its worker dies, starts another on the same memory, with all who use the
 * partition; as often as its limits allow.
 *
 * ```text
 *              ready               dies                   dies, and no restart is left
 *   starting ────────▶ online ───────────▶ restarting ────────────────────▶ offline
 *                        ▲                   │     ▲                           │
 *                        └───────────────────┘     └───────────────────────────┘
 *                                ready                       restart()
 *   any ── close(), terminate() ──▶ closed
 * ```
 *
 * A call that is pending when the worker dies, or that comes while none runs, waits for the successor, and is
 * made (again) to that: whatever is called may be called twice.
 *
 * Thread: the controller's.
 */
export class PartitionSupervisor {
  readonly #options: PartitionSupervisorOptions
  readonly #clock: Clock
  readonly #budget: RestartBudget
  readonly #cancel = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  #state: SupervisorState = 'starting'
  /** Replaced when the worker has died. */
  #readiness = new WorkerReadiness()
  #host: PartitionHost | null = null
  /** Resolves when the worker that starts is ready, or has ended. */
  #starting: Promise<unknown> = Promise.resolve()
  #timer: ClockTimer | null = null
  #readySinceMs = 0
  /** `null`: a worker serves the partition. */
  #downSinceMs: number | null = null
  #lastCrash: RinglogError | null = null
  #restarts = 0
  #isClosing = false

  /**
   * Starts the first worker; resolves when it can append.
   *
   * @throws RinglogError WORKER_CRASHED when it ends first, or takes too long; no other is started then.
   */
  static async start(options: PartitionSupervisorOptions): Promise<PartitionSupervisor> {
    const supervisor = new PartitionSupervisor(options)
    await supervisor.#start()
    return supervisor
  }

  /** Starts no worker: the partition is offline with this error, until `restart`. */
  static offline(options: PartitionSupervisorOptions, error: RinglogError): PartitionSupervisor {
    const supervisor = new PartitionSupervisor(options)
    supervisor.#goOffline(error)
    return supervisor
  }

  private constructor(options: PartitionSupervisorOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#budget = new RestartBudget(options.limits)
  }

  /** Whether calls are served, by this worker or the next. */
  get isOnline(): boolean {
    return this.#state === 'online' || this.#state === 'restarting'
  }

  /** Whether workers have died too often. */
  get isOffline(): boolean {
    return this.#state === 'offline'
  }

  /** How often another worker was started. */
  get restarts(): number {
    return this.#restarts
  }

  /** Resolves once this is closed, and no thread of the partition runs. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** @throws RinglogError PARTITION_OFFLINE; what this was closed with. */
  assertOnline(): void {
    if (this.#readiness.error !== null) throw this.#readiness.error
  }

  /** The worker that serves calls, once it is there. Rejects as `assertOnline`. */
  get ready(): Promise<PartitionHost> {
    return this.#readiness.host
  }

  /** The worker that serves calls now; `null`: none. */
  get host(): PartitionHost | null {
    return this.#host
  }

  /**
   * The broker begins to close: from now on workers are there for what producers still send. See
   * `PartitionHost.expectNoConsumers` and `RestartBudget`.
   */
  expectClosing(): void {
    this.#isClosing = true
    this.#budget.expectClosing()
    if (this.#timer !== null && this.#budget.isGivenUp) {
      this.#giveUp(this.#lastCrash!)
      this.#options.listener.onEnded()
    }
    void this.#host?.expectNoConsumers().catch(() => undefined)
  }

  /**
   * Makes a call to the worker, or to the first of its successors that answers.
   *
   * @param withoutWorker What is done where there will be none. INV-87: in the turn in which that is seen.
   */
  async call<Answer>(
    call: (host: PartitionHost) => Promise<Answer>,
    withoutWorker?: () => Answer,
  ): Promise<Answer> {
    for (;;) {
      const readiness = this.#readiness
      const host = await readiness.host.catch(() => null)
      if (host === null) {
        if (this.#readiness !== readiness) continue
        if (withoutWorker === undefined) throw readiness.error
        return withoutWorker()
      }
      try {
        return await call(host)
      } catch (error) {
        if (!RinglogError.is(error, 'WORKER_CRASHED')) throw error
        await host.ended // from then on another is awaited, or none
      }
    }
  }

  /**
   * Starts a worker for a partition that is offline; from then on it has all its restarts again. Resolves
   * when the partition is served: at once where it is.
   *
   * @throws RinglogError PARTITION_OFFLINE when workers keep dying; what this was closed with.
   */
  async restart(): Promise<void> {
    if (this.#state === 'offline') {
      this.#budget.reset()
      this.#state = 'restarting'
      this.#readiness = new WorkerReadiness()
      void this.#startAgain()
    }
    await this.#readiness.host
  }

  /** Ends the worker, as `PartitionHost.close`; no other is started. */
  async close(deadlineMs: number, reason: RinglogError): Promise<void> {
    this.#stop(reason)
    await this.#starting
    await this.#host?.close(deadlineMs, reason)
    this.#ended.resolve()
  }

  /** Ends the worker at once; no other is started. */
  async terminate(): Promise<void> {
    this.#stop(new RinglogError('BROKER_CLOSED'))
    await this.#starting
    await this.#host?.terminate()
    this.#ended.resolve()
  }

  #stop(reason: RinglogError): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#clearTimer()
    this.#cancel.abort()
    this.#readiness.fail(reason)
    this.#readiness = new WorkerReadiness() // the former has resolved where a worker was there
    this.#readiness.fail(reason)
  }

  /** @throws RinglogError WORKER_CRASHED. */
  async #start(): Promise<void> {
    const {
      book,
      limits: _,
      stateWord,
      offlineError: __,
      reader: ___,
      listener,
      ...start
    } = this.#options
    let isReady = false
    const starting = PartitionHost.start({
      ...start,
      attached: book.attached, // INV-87
      signal: this.#cancel.signal,
      onCrash: (crash) => {
        if (isReady) this.#onDied(crash)
      },
      onEvent: (event) => this.#onEvent(event),
    })
    this.#starting = starting.catch(() => undefined)
    const host = await starting
    isReady = true
    this.#host = host
    void host.ended.then(() => listener.onEnded())
    if (this.#state === 'closed') return // `close` ends it
    if (this.#isClosing) void host.expectNoConsumers().catch(() => undefined)
    this.#state = 'online'
    this.#readySinceMs = this.#clock.nowMs()
    stateWord.setOnline() // INV-41
    this.#readiness.ready(host)
  }

  async #startAgain(): Promise<void> {
    this.#clearTimer()
    const { topic, partition, listener } = this.#options
    const restarts = ++this.#restarts
    try {
      await this.#start()
    } catch (error) {
      this.#onDied(error as RinglogError)
      listener.onEnded()
      return
    }
    if (this.#state === 'closed') return
    const crash = this.#lastCrash
    if (crash === null) return // it was offline from the start
    const downMs = this.#readySinceMs - this.#downSinceMs!
    this.#downSinceMs = null
    listener.onRestarted({ topic, partition, restarts, cause: crash.message, downMs })
  }

  /** A worker has ended unexpectedly: the one that served, or the one that was to. */
  #onDied(crash: RinglogError): void {
    if (this.#state === 'closed') return
    const { listener, reader } = this.#options
    const nowMs = this.#clock.nowMs()
    const livedMs = this.#host === null ? 0 : nowMs - this.#readySinceMs
    this.#lastCrash = crash
    this.#downSinceMs ??= nowMs
    if (this.#host !== null) this.#readiness = new WorkerReadiness()
    this.#host = null
    const delayMs = this.#budget.take({ nowMs, livedMs, endOffset: reader.endOffset })
    this.#state = delayMs === null ? 'offline' : 'restarting'
    listener.onCrash(crashReport(this.#options, crash, this.#budget, delayMs === null))
    if (delayMs === null) this.#giveUp(crash)
    else if (delayMs === 0) void this.#startAgain()
    else this.#timer = this.#clock.setTimer(() => void this.#startAgain(), delayMs)
  }

  /** Takes the partition offline. */
  #giveUp(crash: RinglogError): void {
    this.#clearTimer()
    this.#goOffline(offlineError(this.#options, crash, this.#budget))
  }

  #goOffline(error: RinglogError): void {
    const { book, offlineError: why, stateWord } = this.#options
    this.#state = 'offline'
    book.dropLanes()
    why.write(error) // INV-41
    stateWord.setOffline() // INV-41
    this.#readiness.fail(error)
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer)
    this.#timer = null
  }

  #onEvent(event: WorkerEvent): void {
    if (event.type === 'laneClosed')
      this.#options.book.closeLane(event.laneId) // INV-86
    else this.#options.listener.onEvent(event)
  }
}

/** Drawn above. */
type SupervisorState = 'starting' | 'online' | 'restarting' | 'offline' | 'closed'

export interface PartitionSupervisorOptions extends Omit<
  PartitionHostOptions,
  'attached' | 'signal' | 'onCrash' | 'onEvent'
> {
  /** Who uses the partition. */
  readonly book: AttachmentBook
  readonly stateWord: PartitionStateWord
  /** Of the partition's log. */
  readonly reader: LogReader
  readonly offlineError: OfflineError
  readonly limits: RestartLimits
  readonly listener: SupervisorListener
}

/** Called when something happens to a partition that no call has asked for. */
export interface SupervisorListener {
  /** A worker has died: the error says whether another is started. */
  onCrash(error: RinglogError): void
  /** The worker that was started in place of one that died serves the partition. */
  onRestarted(event: PartitionRestartEvent): void
  /** A worker has ended, in whatever way; or none is started any more. */
  onEnded(): void
  onEvent(event: PartitionEvent): void
}
