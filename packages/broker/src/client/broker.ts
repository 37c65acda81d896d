import {
  FAULT_INJECTOR,
  MAX_TIMER_MS,
  RinglogError,
  checkPartition,
  checkWaitOptions,
  clearTimer,
  endsWithin,
  entryUrl,
  moduleUrl,
  monotonicMs,
  setTimer,
  show,
  threadProgram,
  type BrokerAddress,
  type FaultInjector,
  type TopicPartition,
} from '@ringlog/core/internal'
import { partitionWorkerUrl } from '@ringlog/partition-worker'
import {
  cleanerUrl,
  storageThreadUrl,
  syncThreadUrl,
  type StorageHostOptions,
} from '@ringlog/storage'
import { randomUUID } from 'node:crypto'
import { MessageChannel, Worker } from 'node:worker_threads'
import { listBroker, unlistBroker } from './broker-directory.ts'
import { receiveEvents, reportError } from './receive-events.ts'
import { refuseToKill } from './refuse-to-kill.ts'
import { BrokerState } from '../wire/broker-state.ts'
import { restartTimeoutMs } from '../wire/partition-starts.ts'
import { resolveBrokerConfig, type BrokerConfig, type ResolvedBrokerConfig } from './config.ts'
import type { ControllerThreadStart } from '../wire/controller-start.ts'
import { LocalClient } from './local-client.ts'
import { LocalEngine } from './local-engine.ts'

const START_TIMEOUT_MS = 10_000
/** What the controller's thread may take to end after its last answer, before it is ended by force. */
const EXIT_GRACE_MS = 1_000
/** How long a close waits for threads that were ended by force. */
const HUNG_DISK_MS = 5_000
/** How long past the deadline of a close the controller may answer; with a directory it has files to close as well. */
const CLOSE_GRACE_MS = 1_000
const CLOSE_FILES_GRACE_MS = 4_000

const CLOSE_TIMEOUT_MS = 30_000

/**
 * A log inside this process: starts the controller's thread, which starts a thread for each
 * partition. A broker is a client of itself: topics are created, and producers and consumers made, on
 * it directly; other threads `connect()`.
 *
 * It keeps the process alive until it is closed, unless `unref` was called.
 */
export class Broker extends LocalClient {
  readonly #worker: Worker
  readonly #engine: LocalEngine
  readonly #exited: Promise<void>
  readonly #maxRestarts: number
  readonly #closeGraceMs: number
  #closing: Promise<void> | null = null
  /** Resolves when the controller has closed, is gone, or does not answer. */
  readonly #controllerClosed = Promise.withResolvers<void>()

  /**
   * Starts a broker; resolves when it serves.
   *
   * With a `dataDirectory` that includes what a former broker has left there: after a crash its newest files are read
   * anew. A partition whose files are damaged is offline then: see `restartPartition`.
   *
   * @throws RinglogError INVALID_CONFIG that lists every faulty option; KAFKA_STORAGE_ERROR when the `dataDirectory`
   *   cannot be used, or another broker has it; WORKER_CRASHED when the controller's thread did not start.
   */
  static async start(config?: BrokerConfig): Promise<Broker> {
    const resolved = resolveBrokerConfig(config)
    const { controller, partitionWorker, consumerPool } = resolved.workers
    const controllerUrl = entryUrl({
      specifier: '@ringlog/broker/controller-worker',
      option: 'workers.controller',
      given: controller,
      resolve: (specifier) => import.meta.resolve(specifier),
    })
    const brokerId = randomUUID()
    const name = resolved.name ?? 'ringlog'
    const brokerState = new BrokerState()
    const own = new MessageChannel()
    const events = new MessageChannel()
    const workerData: ControllerThreadStart = {
      brokerId,
      name,
      maxPartitions: resolved.maxPartitions,
      partitionWorkerUrl: partitionWorkerUrl(partitionWorker),
      storage: storageOf(resolved),
      poolWorkerUrl: consumerPool === null ? null : moduleUrl(consumerPool).href,
      restartLimits: {
        maxRestarts: resolved.maxRestarts,
        restartWindowMs: resolved.restartWindowMs,
      },
      groupExpiryMs: resolved.groupExpiryMs,
      brokerState: brokerState.memory,
      ownPort: own.port2,
      eventPort: events.port2,
    }
    const worker = new Worker(threadProgram(controllerUrl), {
      eval: true,
      workerData,
      transferList: [own.port2, events.port2],
      name: `controller-${name}`,
    })
    let thrown: unknown
    worker.on('error', (error) => (thrown = error))
    const engine = new LocalEngine(own.port1)
    try {
      const address = await engine.greet(monotonicMs() + START_TIMEOUT_MS)
      receiveEvents(events.port1, resolved.onError)
      // As long as it takes: what a former broker has left is recovered. The thread's end ends it.
      await engine.controller.call('started', [], { deadlineMs: Infinity })
      return new Broker(worker, engine, address, brokerState, resolved, () => thrown)
    } catch (cause) {
      await engine.close()
      await worker.terminate()
      if (RinglogError.is(cause, 'KAFKA_STORAGE_ERROR')) throw cause
      throw new RinglogError('WORKER_CRASHED', 'the controller of the broker did not start', {
        cause: thrown ?? cause,
      })
    }
  }

  private constructor(
    worker: Worker,
    engine: LocalEngine,
    address: BrokerAddress,
    brokerState: BrokerState,
    config: ResolvedBrokerConfig,
    thrown: () => unknown,
  ) {
    if (!(worker instanceof Worker)) {
      throw new RinglogError(
        'INVALID_REQUEST',
        'a broker is not made with new: it starts threads, so call await Broker.start(config)',
      )
    }
    super(address, engine)
    this.#worker = worker
    this.#engine = engine
    this.#maxRestarts = config.maxRestarts
    this.#closeGraceMs = config.dataDirectory === null ? CLOSE_GRACE_MS : CLOSE_FILES_GRACE_MS
    listBroker(address)
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (exitCode) => {
        brokerState.setEnded()
        unlistBroker(address)
        resolve()
        if (this.#closing !== null) return
        const how = `exitCode=${exitCode}`
        const error = new RinglogError(
          'WORKER_CRASHED',
          `the controller ended unexpectedly: ${how}`,
          {
            cause: thrown(),
          },
        )
        reportError(config.onError, error)
      })
    })
  }

  /**
   * Brings back a partition that is offline because its worker died too often: with its records, and with the
   * groups and consumers that have it, as they stand. From then on it has `maxRestarts` again. Producers and
   * consumers go on with their next call. Resolves when the partition is served; at once where it is.
   *
   * Or one that is offline because its files were damaged when the broker was started.
   *
   * @param options.truncateCorrupt Whether such a log is to end at the first damage: what follows is deleted. Without
   *   it the files are looked at again, for they may have been mended.
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_REQUEST; PARTITION_OFFLINE when its worker keeps
   *   dying; KAFKA_STORAGE_ERROR while its files are damaged; BROKER_CLOSED.
   */
  async restartPartition(
    p: TopicPartition,
    options: { truncateCorrupt?: boolean | undefined } = {},
  ): Promise<void> {
    const closed = this.#engine.closedError()
    if (closed !== null) throw closed
    const { truncateCorrupt = false } = options
    if (typeof truncateCorrupt !== 'boolean') {
      throw new RinglogError(
        'INVALID_REQUEST',
        `truncateCorrupt must be true or false, got ${show(truncateCorrupt)}`,
      )
    }
    const deadlineMs = this.#engine.clock.nowMs() + restartTimeoutMs(this.#maxRestarts)
    const args = [checkPartition(p), truncateCorrupt] as const
    await this.#engine.controller.call('restartPartition', [...args], { deadlineMs })
  }

  /** @internal */
  override get [FAULT_INJECTOR](): FaultInjector {
    return { ...super[FAULT_INJECTOR], killClient: refuseToKill }
  }

  /** Keeps the process alive until the broker is closed: so it is from the start. */
  ref(): this {
    this.#worker.ref()
    return this
  }

  /**
   * Lets the process end although the broker runs, when nothing else keeps it alive. Records that
   * producers have buffered are lost then, unless a caller awaits them.
   */
  unref(): this {
    this.#worker.unref()
    return this
  }

  /**
   * Lets producers in all threads send what they have buffered, then ends every thread of the broker;
   * pending polls reject with BROKER_CLOSED. The process can then end by itself. Idempotent. A partition whose
   * workers die one after the other without appending anything is not waited for.
   *
   * @param options.timeoutMs After that, what could not be sent is failed. Default 30,000. Of several calls the
   *   most impatient counts.
   * @throws RinglogError INVALID_REQUEST for an option that there is not, or a time that is none.
   */
  override async close(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    checkWaitOptions('close()', options, ['timeoutMs'])
    const timeoutMs = Math.min(options.timeoutMs ?? CLOSE_TIMEOUT_MS, MAX_TIMER_MS)
    void this.#closeController(monotonicMs() + timeoutMs)
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #closeController(deadlineMs: number): Promise<void> {
    // Rejects where the controller is gone already, or does not answer: its thread is then ended.
    await this.#engine.controller
      .call('closeBroker', [deadlineMs], { deadlineMs: deadlineMs + this.#closeGraceMs })
      .catch(() => undefined)
    this.#controllerClosed.resolve()
  }

  async #close(): Promise<void> {
    await this.#controllerClosed.promise
    const timer = setTimer(() => void this.#worker.terminate(), EXIT_GRACE_MS)
    // A thread that hangs in a call to the disk ends with that call, and no sooner, whatever is done.
    await endsWithin(this.#exited, { timeoutMs: EXIT_GRACE_MS + HUNG_DISK_MS })
    clearTimer(timer)
    await this.#engine.close()
  }
}

/** What the storage threads are started with; `null`: there are none. */
function storageOf(config: ResolvedBrokerConfig): StorageHostOptions | null {
  const { dataDirectory, syncThreads, workers } = config
  if (dataDirectory === null) return null
  return {
    dataDirectory,
    syncThreads,
    storageThreadUrl: storageThreadUrl(workers.storageThread),
    syncThreadUrl: syncThreadUrl(workers.syncThread),
    cleanerUrl: cleanerUrl(workers.cleaner),
  }
}
