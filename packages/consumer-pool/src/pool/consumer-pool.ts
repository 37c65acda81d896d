import {
  RinglogError,
  TopicFilter,
  awaitWithin,
  checkWaitOptions,
  engineOf,
  handleOf,
  monotonicMs,
  show,
  type LogClient,
  type ProducerRecord,
} from '@ringlog/core/internal'
import type { Piscina } from 'piscina'
import { resolvePoolConfig, type ConsumerPoolConfig, type ResolvedPoolConfig } from './config.ts'
import { Closing } from '../handling/closing.ts'
import { drainGroup } from '../handling/drain.ts'
import type { ConsumerPoolMetrics } from './pool-metrics.ts'
import { HandlingEvents, withFatality } from '../handling/handling-events.ts'
import type { PoolTrouble } from './pool-events.ts'
import { PoolRuns, poolClosed } from './pool-runs.ts'
import { PoolThreads, loadPiscina } from './pool-threads.ts'

/**
 * Threads that consume: each is a member of the group, polls, has records handled by a module of the
 * user's, and commits what is handled. At least once, in order per partition (or key), and never past a
 * record that failed.
 *
 * A pool keeps the process alive until it is closed, or stops because of an error.
 *
 * Thread: the one it was started in, for every call.
 */
export class ConsumerPool implements AsyncDisposable {
  readonly #client: LogClient
  readonly #config: ResolvedPoolConfig
  readonly #threads: PoolThreads
  readonly #runs: PoolRuns
  readonly #events: HandlingEvents<PoolTrouble>
  readonly #detach: () => void
  /** Aborted with the error of the pool, or of its closing: what waits is rejected. */
  readonly #over = new AbortController()
  #isStarted = false
  #error: RinglogError | null = null
  readonly #closing = new Closing('handlers still ran when the consumer pool', () => this.#close())

  /**
   * Starts the threads; resolves when each has called the module's `start` and is a member of the group.
   *
   * @param client From `Broker.start()` or `connect()`. Closing it closes the pool; each thread opens it
   *   again for itself.
   * @throws RinglogError INVALID_CONFIG that lists every faulty option; also when the module cannot be
   *   loaded or does not export what it must. HANDLER_FAILED when its `start` fails, WORKER_CRASHED when
   *   a thread ends meanwhile, BROKER_CLOSED; whatever else stops the pool meanwhile. `signal.reason`
   *   when aborted, at once; threads that do not end by themselves are then ended behind it.
   */
  static async start(client: LogClient, config: ConsumerPoolConfig): Promise<ConsumerPool> {
    engineOf(client)
    handleOf(client)
    const signal = config?.signal instanceof AbortSignal ? config.signal : null
    const limits = signal === null ? {} : { signal }
    const resolved = await awaitWithin(resolvePoolConfig(client, config), 'start()', limits)
    const PiscinaPool = await loadPiscina()
    signal?.throwIfAborted()
    const pool = new ConsumerPool(client, resolved, PiscinaPool)
    await pool.#started()
    return pool
  }

  private constructor(client: LogClient, config: ResolvedPoolConfig, PiscinaPool: typeof Piscina) {
    if (!(config?.filter instanceof TopicFilter)) {
      throw new RinglogError(
        'INVALID_REQUEST',
        'a consumer pool is not made with new: it starts threads, so call ' +
          'await ConsumerPool.start(client, config)',
      )
    }
    const { consumer, topics, handler, data, concurrency } = config
    const { maxAttempts, retryBackoffMs, retryBackoffMaxMs, deadLetterTopic } = config
    this.#client = client
    this.#config = config
    this.#runs = new PoolRuns(client)
    this.#events = new HandlingEvents('ringlog:pool', consumer.groupId, config.onError)
    this.#threads = new PoolThreads(
      PiscinaPool,
      config.workerUrl,
      {
        poolId: this.#runs.poolId,
        handle: handleOf(client),
        consumer,
        topics,
        handler,
        data,
        concurrency,
        maxAttempts,
        retryBackoffMs,
        retryBackoffMaxMs,
        deadLetterTopic,
      },
      config.threads,
      {
        onAnswer: (answer) => this.#runs.answer(answer),
        onFailure: (error) => this.#fail(error),
        onCrash: (error) => this.#events.trouble('threadReplaced', error),
        onBroken: (error) => this.#events.trouble('partitionBroken', withFatality(error, false)),
      },
    )
    this.#detach = engineOf(client).attach({
      drain: (deadlineMs) => this.#closeFor(Math.max(0, deadlineMs - monotonicMs())),
      close: () => this.#closeFor(this.#isStarted ? undefined : 0),
      fail: (error) => this.#fail(error),
    })
    config.signal?.addEventListener('abort', this.#onAbort)
  }

  /**
   * Resolves when the pool is closed; rejects with the error that stopped it, when that comes. It need
   * not be awaited: `onError` is called as well.
   */
  get closed(): Promise<void> {
    return this.#events.closed
  }

  /**
   * Produces a record, and resolves with what its handler returned: a task for the pool's threads, with
   * order per key. A record that is handled again after a crash is answered once.
   *
   * What the handler returns must be plain data; an error that it throws, once no attempt is left, comes
   * whole. With `handleBatch` the answer is `undefined`.
   *
   * @param record Of a topic that the pool consumes. Its members must be the group's only ones, or those
   *   of other pools: another consumer would not answer.
   * @param options When it no longer waits; the record is handled all the same.
   * @throws RinglogError INVALID_REQUEST, CONSUMER_CLOSED, REQUEST_TIMED_OUT, what `Producer.send`
   *   rejects with, UNKNOWN_TOPIC_OR_PARTITION when the topic is deleted meanwhile, and the error that
   *   stopped the pool; `signal.reason` when aborted; and, with a dead letter topic, what the handler
   *   threw.
   */
  async run<T = unknown>(record: ProducerRecord, options: PoolCallOptions = {}): Promise<T> {
    checkWaitOptions('run()', options)
    this.#over.signal.throwIfAborted()
    options.signal?.throwIfAborted()
    if (this.#closing.hasBegun) throw poolClosed()
    const topic = record?.topic
    if (typeof topic !== 'string' || !this.#config.filter.has(topic)) {
      throw new RinglogError(
        'INVALID_REQUEST',
        `run() takes a record of a topic that the pool consumes, got topic ${show(topic)}`,
      )
    }
    const { answer, forget } = this.#runs.begin(record)
    const isLimited = options.signal !== undefined || options.timeoutMs !== undefined
    if (!isLimited) return answer as Promise<T>
    return awaitWithin(answer, 'run()', options).finally(forget) as Promise<T>
  }

  /**
   * Resolves when all that was in the topics at the call is committed.
   *
   * @throws RinglogError the error that stopped the pool, CONSUMER_CLOSED, REQUEST_TIMED_OUT,
   *   INVALID_REQUEST; `signal.reason` when aborted.
   */
  async drain(options: PoolCallOptions = {}): Promise<void> {
    checkWaitOptions('drain()', options)
    this.#over.signal.throwIfAborted()
    options.signal?.throwIfAborted()
    const ending = new AbortController()
    const draining = (async (): Promise<void> => {
      await this.#runs.flush()
      const { consumer, filter } = this.#config
      const signal = AbortSignal.any([this.#over.signal, ending.signal])
      await drainGroup(this.#client, consumer.groupId, filter, signal)
    })()
    try {
      await awaitWithin(draining, 'drain()', options)
    } finally {
      ending.abort()
    }
  }

  /**
   * How the pool is, thread by thread. A thread whose handler does not let its event loop turn is waited for
   * a second, then left out.
   */
  async metrics(): Promise<ConsumerPoolMetrics> {
    const threads = await this.#threads.metrics()
    return { threads, restarts: this.#threads.restarts, pendingRuns: this.#runs.size }
  }

  /**
   * Begins nothing more, lets running handlers finish and commits them, calls the module's `stop`, and
   * ends the threads. Idempotent. What is pending in `run` and `drain` then rejects with CONSUMER_CLOSED.
   *
   * @param options.timeoutMs After that the signals of running handlers are aborted; what still runs a
   *   second later is broken off with its thread, and not committed. Default 30,000. Of several calls the most
   *   impatient counts.
   * @throws RinglogError the error that stopped the pool; REQUEST_TIMED_OUT when handlers were broken
   *   off: the threads are ended in any case. INVALID_REQUEST for an option that there is not.
   */
  async close(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    checkWaitOptions('close()', options, ['timeoutMs'])
    await this.#closing.within(options.timeoutMs)
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #started(): Promise<void> {
    const { signal } = this.#config
    const over = this.#over.signal
    const limits = { signal: signal === null ? over : AbortSignal.any([over, signal]) }
    await awaitWithin(this.#threads.started, 'start()', limits).catch(() => undefined)
    signal?.throwIfAborted() // the caller closes what was started
    if (this.#error !== null) {
      await this.#closeFor(0)
      throw this.#error
    }
    if (this.#closing.hasBegun) {
      await this.#closeFor()
      throw poolClosed()
    }
    this.#isStarted = true
    this.#events.started()
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#config
    this.#threads.abort(signal?.reason)
    this.#end(signal?.reason)
    void this.#closeFor(this.#isStarted ? undefined : 0)
  }

  async #close(): Promise<void> {
    this.#detach()
    this.#threads.stop()
    const abort = (reason: RinglogError): void => this.#threads.abort(reason)
    const timedOut = await this.#closing.untilEnded(this.#threads.ended, abort)
    await this.#threads.terminate()
    this.#end(this.#error ?? poolClosed())
    this.#config.signal?.removeEventListener('abort', this.#onAbort)
    await this.#runs.close()
    this.#events.ended()
    if (this.#error !== null) throw this.#error
    if (timedOut !== null) throw timedOut
  }

  /** As `close`, but not by a call of the user's: errors come from `close` and `onError`. */
  async #closeFor(timeoutMs?: number): Promise<void> {
    await this.#closing.within(timeoutMs).catch(() => undefined)
  }

  /** Stops the pool. */
  #fail(cause: Error): void {
    if (this.#error !== null) return
    // The broker is closing, and this pool with it.
    if (this.#closing.hasBegun && RinglogError.is(cause, 'BROKER_CLOSED')) return
    const error = withFatality(cause, true)
    this.#error = error
    this.#threads.stop()
    this.#end(error)
    if (this.#isStarted) this.#events.stopped(error) // else start() rejects with it
  }

  #end(error: unknown): void {
    this.#over.abort(error)
    this.#runs.rejectAll(error)
  }
}

/** How long a call may wait. */
export interface PoolCallOptions {
  signal?: AbortSignal | undefined
  /** Past it: REQUEST_TIMED_OUT. Absent: as long as it takes. */
  timeoutMs?: number | undefined
}
