import { Consumer } from '@ringlog/consumer'
import {
  RinglogError,
  awaitWithin,
  checkWaitOptions,
  clearTimer,
  engineOf,
  monotonicMs,
  setTimer,
  setTurnEnd,
  type LogClient,
} from '@ringlog/core/internal'
import { AsyncLocalStorage } from 'node:async_hooks'
import { ABORT_GRACE_MS, Closing } from '../handling/closing.ts'
import { drainGroup } from '../handling/drain.ts'
import { HandlerProducer } from '../handling/handler-producer.ts'
import { UNTRACED } from '../handling/handler-tracing.ts'
import { HandlingEvents, withFatality, type HandlingEvent } from '../handling/handling-events.ts'
import { reportHandlers } from '../handling/handler-report.ts'
import { HandlingLoop } from '../handling/handling-loop.ts'
import { limitsOf } from '../handling/limits.ts'
import { makeContext } from '../handling/make-context.ts'
import { ownClient } from '../handling/own-client.ts'
import {
  resolveRunnerConfig,
  type ConsumerRunnerConfig,
  type ResolvedRunnerConfig,
} from './config.ts'
import type { ConsumerRunnerMetrics } from './runner-metrics.ts'

let runnerCount = 0

/** The runner whose handlers are the cause of what runs now. */
const within = new AsyncLocalStorage<ConsumerRunner>()

/**
 * What `runConsumer` has started. It keeps the process alive until it is closed, or stops because of an error.
 *
 * Thread: the one it was started in, for every call.
 */
export class ConsumerRunner implements AsyncDisposable {
  readonly #client: LogClient
  readonly #config: ResolvedRunnerConfig
  readonly #consumer: Consumer
  readonly #producer: HandlerProducer
  readonly #loop: HandlingLoop
  readonly #events: HandlingEvents<'partitionBroken'>
  /** Aborted with the error of the runner, or of its closing: what waits is rejected. */
  readonly #over = new AbortController()
  readonly #endReport: () => void
  /** Resolves when the loop has ended. */
  #ended: Promise<void> = Promise.resolve()
  #isStarted = false
  /** Handlers still ran when it was closed: what fails from then on is of its own doing; `null`: none did. */
  #givenUp: RinglogError | null = null
  #error: RinglogError | null = null
  readonly #closing = new Closing('handlers still ran when the runner', () => this.#close())

  /**
   * See `runConsumer`.
   *
   * @internal
   */
  static async start<K, V, D>(
    client: LogClient,
    config: ConsumerRunnerConfig<K, V, D>,
  ): Promise<ConsumerRunner> {
    engineOf(client)
    const signal = config?.signal instanceof AbortSignal ? config.signal : null
    signal?.throwIfAborted()
    const resolved = await resolveRunnerConfig(client, config)
    signal?.throwIfAborted()
    const runner = new ConsumerRunner(client, resolved)
    await runner.#join()
    return runner
  }

  private constructor(client: LogClient, config: ResolvedRunnerConfig) {
    const { consumer: consumerConfig, handlers, concurrency, data } = config
    const { keySerde, valueSerde, groupId } = consumerConfig
    const own = ownClient(client, {
      drain: (deadlineMs) => this.#closeFor(Math.max(0, deadlineMs - monotonicMs())),
      close: () => this.#closeFor(),
    })
    const { clientId = `${groupId}-runner-${++runnerCount}` } = consumerConfig
    const consumer = new Consumer(own, { ...consumerConfig, clientId })
    const producer = new HandlerProducer(own, clientId)
    const { signal } = this.#over
    const context = makeContext({ client, consumer, producer, data, signal, threadIndex: 0 })
    this.#client = client
    this.#config = config
    this.#consumer = consumer
    this.#producer = producer
    this.#events = new HandlingEvents('ringlog:runner', groupId, config.onError)
    this.#loop = new HandlingLoop({
      consumer,
      producer,
      context,
      handlers,
      retries: config,
      limits: limitsOf(consumerConfig, {
        orderBy: 'key',
        maxRunning: concurrency,
        isDeserialized: keySerde !== undefined || valueSerde !== undefined,
      }),
      tracing: UNTRACED,
      answers: null,
      clock: engineOf(client).clock,
      crashOf: () => undefined,
      events: {
        onAssigned: () => undefined,
        onBroken: (error) => this.#events.trouble('partitionBroken', withFatality(error, false)),
        onStuck: (error) => this.#loop.fail(error),
        onFailure: (error) => this.#fail(error),
      },
    })
    this.#endReport = reportHandlers(client, {
      clientId,
      groupId,
      metrics: () => this.#loop.metrics(),
    })
  }

  /**
   * Resolves when the runner is closed; rejects with the error that stopped it, when that comes. It need
   * not be awaited: `onError` is called as well.
   */
  get closed(): Promise<void> {
    return this.#events.closed
  }

  /** Whether `pause` has been called, and `resume` has not since. */
  get isPaused(): boolean {
    return this.#loop.isPaused
  }

  /**
   * Begins no more handlers, until `resume`; those that run go on, and are committed. It stays a member of its
   * group, and keeps its partitions.
   */
  pause(): void {
    this.#loop.pause()
  }

  /** Begins handlers again. */
  resume(): void {
    this.#loop.resume()
  }

  /**
   * Resolves when all that was in the topics at the call is committed by the group.
   *
   * @throws RinglogError the error that stopped the runner, CONSUMER_CLOSED, REQUEST_TIMED_OUT,
   *   INVALID_REQUEST; INVALID_STATE within a handler, whose record would have to be committed first;
   *   `signal.reason` when aborted.
   */
  async drain(options: RunnerCallOptions = {}): Promise<void> {
    checkWaitOptions('drain()', options)
    this.#over.signal.throwIfAborted()
    options.signal?.throwIfAborted()
    if (within.getStore() === this) throw withinHandler('drain()')
    const ending = new AbortController()
    const signal = AbortSignal.any([this.#over.signal, ending.signal])
    const { consumer, filter } = this.#config
    const draining = drainGroup(this.#client, consumer.groupId, filter, signal)
    try {
      await awaitWithin(draining, 'drain()', options)
    } finally {
      ending.abort()
    }
  }

  /** What it does and has done. */
  metrics(): ConsumerRunnerMetrics {
    return {
      assignment: this.#consumer.assignment(),
      ...this.#loop.metrics(),
      consumer: this.#consumer.metrics(),
      producer: this.#producer.metrics(),
    }
  }

  /**
   * Begins nothing more, lets running handlers finish, commits them, and leaves the group. A record that waits
   * for its next attempt is not waited for: it is the group's next member's. Idempotent.
   *
   * Within a handler, or what a handler has started, it resolves at once: it would wait for itself. `closed`
   * says when it is done.
   *
   * @param options.timeoutMs After that the signals of running handlers are aborted; what still runs a
   *   second later is not committed, whatever it comes to. Default 30,000. Of several calls the most impatient
   *   counts.
   * @throws RinglogError the error that stopped the runner; REQUEST_TIMED_OUT when handlers still ran: the group
   *   is left in any case. INVALID_REQUEST for an option that there is not.
   */
  async close(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    checkWaitOptions('close()', options, ['timeoutMs'])
    const closing = this.#closing.within(options.timeoutMs)
    if (within.getStore() === this) {
      closing.catch(() => undefined) // `closed` and `onError` tell it
      return
    }
    await closing
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #join(): Promise<void> {
    const { signal, topics } = this.#config
    signal?.addEventListener('abort', this.#onAbort)
    try {
      const limits = signal === null ? {} : { signal }
      await awaitWithin(this.#loop.join(topics), 'runConsumer()', limits)
      this.#over.signal.throwIfAborted()
      if (this.#closing.hasBegun) throw closedError()
    } catch (error) {
      await this.#closeFor(0)
      throw this.#error ?? error
    }
    this.#isStarted = true
    // Handlers may use what runConsumer resolves to: who awaits it has it by then.
    this.#ended = within.run(this, async () => {
      await new Promise<void>((resolve) => setTurnEnd(resolve))
      await this.#loop.run()
    })
    this.#ended.catch(() => undefined) // `closed` and `close` tell it
    this.#events.started()
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#config
    this.#loop.abort(signal?.reason)
    this.#end(signal?.reason)
    if (this.#isStarted) void this.#closeFor()
  }

  async #close(): Promise<void> {
    this.#loop.stop()
    const ended = this.#ended.catch(() => undefined)
    const timedOut = await this.#closing.untilEnded(ended, (reason) => this.#loop.abort(reason))
    this.#givenUp = timedOut
    if (timedOut !== null) this.#loop.giveUp()
    this.#end(this.#error ?? closedError())
    this.#config.signal?.removeEventListener('abort', this.#onAbort)
    this.#endReport()
    this.#producer.letClose()
    // By the time of the process, as all of the closing: the client's clock may be one that stands.
    const outOfTime = new AbortController()
    const timer = setTimer(() => outOfTime.abort(), ABORT_GRACE_MS)
    await Promise.allSettled([
      // Its listener waits for handlers: not for those that do not end.
      this.#consumer.close(timedOut === null ? {} : { signal: AbortSignal.abort() }),
      this.#producer.close({ signal: outOfTime.signal }),
    ])
    clearTimer(timer)
    this.#events.ended()
    if (this.#error !== null) throw this.#error
    if (timedOut !== null) throw timedOut
  }

  /** As `close`, but not by a call of the user's: errors come from `close` and `onError`. */
  async #closeFor(timeoutMs?: number): Promise<void> {
    await this.#closing.within(timeoutMs).catch(() => undefined)
  }

  /** The loop stops. */
  #fail(cause: unknown): void {
    if (this.#error !== null || this.#givenUp !== null) return
    // The broker is closing, and this runner with it.
    if (this.#closing.hasBegun && RinglogError.is(cause, 'BROKER_CLOSED')) return
    const error = withFatality(cause, true)
    this.#error = error
    this.#end(error)
    if (this.#isStarted) this.#events.stopped(error) // else runConsumer() rejects with it
    void this.#closeFor()
  }

  #end(error: unknown): void {
    this.#over.abort(error)
  }
}

/** Published on the diagnostics channel `ringlog:runner`, in the runner's thread. */
export type RunnerEvent = HandlingEvent<'partitionBroken'>

/** How long a call may wait. */
export interface RunnerCallOptions {
  signal?: AbortSignal | undefined
  /** Past it: REQUEST_TIMED_OUT. Absent: as long as it takes. */
  timeoutMs?: number | undefined
}

function closedError(): RinglogError {
  return new RinglogError('CONSUMER_CLOSED', 'the runner is closed')
}

function withinHandler(call: string): RinglogError {
  return new RinglogError(
    'INVALID_STATE',
    `a handler cannot wait for ${call} of its own runner, which waits for the handler`,
  )
}
