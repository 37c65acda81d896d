import type { Consumer, ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import {
  RinglogError,
  clearTimer,
  setTimer,
  setTurnEnd,
  type Clock,
  type HandlerMetrics,
  type TopicPartition,
} from '@ringlog/core/internal'
import { HandledCommits } from './handled-commits.ts'
import type { HandlerContext } from './handler-context.ts'
import type { HandlerProducer } from './handler-producer.ts'
import { HandlerQueues } from './handler-queues.ts'
import type { HandlerTracing } from './handler-tracing.ts'
import type { Handlers } from './handling-parts.ts'
import type { HandlingOrder } from './keyed-queues.ts'
import { PartitionWorks } from './partition-works.ts'
import { RecordOutcomes, type RecordAnswers } from './record-outcomes.ts'
import { Retries, type RetryConfig } from './retries.ts'

/** How long handlers may run before the loop polls again, which takes part in rebalances. */
const POLL_AGAIN_MS = 20

/**
 * Polls, has records handled, flushes what handlers wrote, commits. It polls on while handlers run, so that a
 * rebalance never waits for more than those that run, and the group puts nobody out whose handlers wait.
 *
 * No handler begins while a poll waits for records: to the group a member that waits in a poll is well,
 * however long, and one whose handler blocks the thread is not.
 *
 * Thread: the one that handles records: a pool's, or the one that a runner was started in.
 */
export class HandlingLoop {
  readonly #outcomes: RecordOutcomes
  readonly #works: PartitionWorks
  readonly #parts: HandlingLoopParts
  readonly #queues: HandlerQueues
  readonly #commits: HandledCommits
  readonly #stopping = new AbortController()
  #failure: { readonly error: unknown } | null = null
  #isPolling = false
  /** Ends the wait for handlers. */
  #progress: ((isMoreToCome: boolean) => void) | null = null

  constructor(parts: HandlingLoopParts) {
    const { consumer, producer, context, tracing, handlers, answers, limits, clock } = parts
    this.#parts = parts
    const stopping = this.#stopping.signal
    const commit = (): Promise<void> => this.#commits.commit(true)
    this.#outcomes = new RecordOutcomes({
      retries: new Retries(parts.retries, clock, (record) => producer.send(record)),
      producer,
      answers,
      stopping,
      commit,
      crashOf: (record) => parts.crashOf(record),
    })
    const { maxRunning, isDeserialized } = limits
    this.#queues = new HandlerQueues(
      {
        handlers,
        producer,
        tracing,
        outcomes: this.#outcomes,
        maxRunning,
        isDeserialized,
      },
      {
        onProgress: () => this.#progress?.(this.#queues.isBusy),
        onReady: () => this.#onReady(),
        onFailure: (error) => this.fail(error),
      },
    )
    this.#works = new PartitionWorks({
      consumer,
      context,
      // The batches of a partition come one after the other, whatever their keys are.
      order: handlers.handle === null ? 'partition' : limits.orderBy,
      tracing,
      stopping,
      maxPending: limits.maxPending,
      maxPollIntervalMs: limits.maxPollIntervalMs,
      isLatest: limits.isLatest,
      commit,
      letGo: () => this.#queues.letGo(),
      onAssigned: (partitions) => parts.events.onAssigned(partitions),
      onStuck: (error) => parts.events.onStuck(error),
    })
    const { works } = this.#works
    const { autoCommitIntervalMs } = limits
    this.#commits = new HandledCommits({ consumer, producer, works, autoCommitIntervalMs })
  }

  /** Whether it begins no handlers, until it is resumed. */
  get isPaused(): boolean {
    return this.#queues.isPaused
  }

  pause(): void {
    this.#queues.isPaused = true
  }

  resume(): void {
    this.#queues.isPaused = false
    this.#onReady()
  }

  metrics(): HandlerMetrics {
    const { handledRecords, failedAttempts, deadLetteredRecords, waitingRetries } = this.#outcomes
    let pendingRecords = 0
    for (const { pending } of this.#works.all) pendingRecords += pending
    return { handledRecords, failedAttempts, deadLetteredRecords, pendingRecords, waitingRetries }
  }

  /**
   * Joins the group.
   *
   * @throws RinglogError as `Consumer.subscribe`.
   */
  async join(topics: string[] | RegExp): Promise<void> {
    await this.#parts.consumer.subscribe(topics, this.#works)
  }

  /**
   * Resolves when it has been stopped, and what ran is finished and committed.
   *
   * @throws RinglogError what has stopped it.
   */
  async run(): Promise<void> {
    try {
      while (!this.#stopping.signal.aborted) {
        const records = await this.#poll()
        this.#queues.beginTurn()
        if (records !== null) this.#take(records)
        this.#queues.run()
        if (this.#queues.isBusy) await this.#someProgress()
        await this.#commits.commit(!this.#queues.isBusy)
        this.#works.limitPending()
      }
    } catch (error) {
      this.fail(error)
    }
    await this.#works.giveUp()
    await this.#commits.commit(true).catch((error: unknown) => this.fail(error))
    if (this.#failure !== null) throw this.#failure.error
  }

  /** Begins no more handlers; `run` ends when those that run have ended. */
  stop(): void {
    this.#stopping.abort()
    this.#queues.letGo()
    if (this.#isPolling) this.#parts.consumer.wakeup()
    this.#progress?.(false)
  }

  /** Aborts the signals of the handlers that run: their answers do not count. */
  abort(reason: unknown): void {
    this.#works.abort(reason)
  }

  /** Nothing is committed any more, whatever the handlers come to that still run. */
  giveUp(): void {
    this.#commits.giveUp()
  }

  /** Stops for an error. */
  fail(error: unknown): void {
    if (this.#failure !== null) return
    this.#failure = { error }
    this.#parts.events.onFailure(error)
    this.stop()
  }

  async #poll(): Promise<ConsumerRecords | null> {
    // Handlers may have ended while the last commit waited for what they wrote.
    const isBusy = this.#queues.isBusy || this.#commits.isWanted
    this.#isPolling = true
    try {
      return await this.#parts.consumer.poll(isBusy ? { timeoutMs: 0 } : {})
    } catch (error) {
      if (RinglogError.is(error, 'WAKEUP')) return null
      const told = this.#works.setAside(error)
      if (told === null) throw error
      if (told === 'news') this.#parts.events.onBroken(error as RinglogError)
      return null
    } finally {
      this.#isPolling = false
    }
  }

  #take(records: ConsumerRecords): void {
    this.#works.onRecords(records)
    this.#queues.add(records, this.#works.works)
  }

  #onReady(): void {
    if (this.#isPolling) this.#parts.consumer.wakeup()
    else this.#queues.run()
  }

  /** Resolves when handlers have ended, at the end of the turn of the event loop; or after a while. */
  async #someProgress(): Promise<void> {
    await new Promise<void>((resolve) => {
      let isDue = false
      const end = (): void => {
        clearTimer(timer)
        resolve()
      }
      const timer = setTimer(resolve, POLL_AGAIN_MS)
      this.#progress = (isMoreToCome) => {
        if (!isMoreToCome) end()
        else if (!isDue) {
          isDue = true
          setTurnEnd(end)
        }
      }
    })
    this.#progress = null
  }
}

/** What a loop works with. */
export interface HandlingLoopParts {
  readonly consumer: Consumer
  readonly producer: HandlerProducer
  readonly context: HandlerContext
  readonly handlers: Handlers
  readonly retries: RetryConfig
  readonly limits: HandlingLimits
  readonly tracing: HandlerTracing
  /** `null`: nobody awaits what a handler returns. */
  readonly answers: RecordAnswers | null
  /** What retries wait by. */
  readonly clock: Clock
  readonly events: HandlingLoopEvents
  /** How the thread crashed that handled the record last. */
  crashOf(record: ConsumerRecord): unknown
}

export interface HandlingLimits {
  readonly orderBy: HandlingOrder
  /** How many handlers may run at once. */
  readonly maxRunning: number
  readonly isDeserialized: boolean
  /** How many records of a partition may be unfinished, until it rests. */
  readonly maxPending: number
  readonly maxPollIntervalMs: number
  readonly autoCommitIntervalMs: number
  readonly isLatest: boolean
}

export interface HandlingLoopEvents {
  /** All partitions that it has now. */
  onAssigned(partitions: readonly TopicPartition[]): void
  /** Nothing more can be read of one partition; the loop goes on with the others. */
  onBroken(error: RinglogError): void
  /** A handler does not end, and blocks its partition. */
  onStuck(error: RinglogError): void
  /** The loop stops, as soon as the handlers have ended that run. */
  onFailure(error: unknown): void
}
