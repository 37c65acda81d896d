import type { ConsumerRecord } from '@ringlog/consumer'
import {
  RinglogError,
  clearTimer,
  describeThrown,
  partitionName,
  setTimer,
} from '@ringlog/core/internal'
import { BatchRecords } from './batch-records.ts'
import { deadLetter } from './dead-letter.ts'
import type { BatchContext, HandlerContext, HandlerModule } from './handler-context.ts'
import type { PartitionWork } from './partition-work.ts'
import type { RunAnswers } from './run-answers.ts'
import type { ThreadStart } from './thread-message.ts'

/** Kafka's `retry.backoff.max.ms`. */
const MAX_BACKOFF_MS = 1000

/** What handling works with. */
export interface HandlingParts {
  readonly start: ThreadStart
  readonly module: HandlerModule
  readonly answers: RunAnswers
  /** Aborted when nothing more is to be begun. */
  readonly stopping: AbortSignal
}

/**
 * Has records handled: again after a failure, and when no attempt is left, sends them to the dead
 * letter topic or gives up. A record is never passed over.
 *
 * Thread: the pool thread's.
 */
export class RecordHandling {
  readonly #parts: HandlingParts
  handledRecords = 0
  failedAttempts = 0
  deadLetteredRecords = 0

  constructor(parts: HandlingParts) {
    this.#parts = parts
  }

  get isBatchwise(): boolean {
    return this.#parts.module.handle === undefined
  }

  /**
   * Returns whether the record is finished: not when the pool stops, or the partition is lost, before
   * it is. A promise only where it takes one: most handlers that use the processor alone do not.
   *
   * @throws RinglogError HANDLER_FAILED when no attempt is left and there is no dead letter topic.
   */
  handle(record: ConsumerRecord, work: PartitionWork): boolean | Promise<boolean> {
    let answer: unknown
    try {
      answer = this.#parts.module.handle!(record, work.context)
    } catch (error) {
      return this.#again(record, work, error)
    }
    if (isThenable(answer)) return this.#awaited(answer, record, work)
    this.#finished(record, work, answer)
    return true
  }

  /** As `handle`, for records of one partition in their order. */
  async handleBatch(records: readonly ConsumerRecord[], work: PartitionWork): Promise<boolean> {
    let done = 0
    let attempt = 1
    const finishUpTo = (end: number): void => {
      if (end <= done) return
      for (const record of records.slice(done, end)) this.#finished(record, work, undefined)
      done = end
      attempt = 1
    }
    while (done < records.length) {
      if (this.#isOver(work)) return false
      const attempted = attempt
      const rest = records.slice(done)
      let isOpen = true
      const context: BatchContext = {
        ...work.context,
        attempt: attempted,
        done: (record) => {
          const i = records.findIndex(({ offset }) => offset === record?.offset)
          if (i < 0 || record.topic !== work.at.topic || record.partition !== work.at.partition) {
            throw new RinglogError('INVALID_REQUEST', 'done() takes a record of this batch')
          }
          if (isOpen) finishUpTo(i + 1)
        },
      }
      try {
        await this.#parts.module.handleBatch!(new BatchRecords(rest), context)
        isOpen = false
        finishUpTo(records.length)
      } catch (error) {
        isOpen = false
        if (work.context.signal.aborted) return false
        this.failedAttempts++
        const failed = records[done]
        // All were done: what failed after it concerns none of them.
        if (failed === undefined) throw this.#exhausted(records.at(-1)!, attempted, error)
        if (attempt < this.#parts.start.maxAttempts) {
          await this.#backoff(attempt, work)
          attempt++
        } else {
          await this.#bury(failed, work, attempt, error)
          done++
          attempt = 1
        }
      }
    }
    return true
  }

  async #awaited(
    answer: PromiseLike<unknown>,
    record: ConsumerRecord,
    work: PartitionWork,
  ): Promise<boolean> {
    let value: unknown
    try {
      value = await answer
    } catch (error) {
      return this.#again(record, work, error)
    }
    this.#finished(record, work, value)
    return true
  }

  async #again(record: ConsumerRecord, work: PartitionWork, first: unknown): Promise<boolean> {
    const { start, module } = this.#parts
    let error = first
    for (let attempt = 1; ; attempt++) {
      if (work.context.signal.aborted) return false
      this.failedAttempts++
      if (attempt >= start.maxAttempts) {
        await this.#bury(record, work, attempt, error)
        return true
      }
      await this.#backoff(attempt, work)
      if (this.#isOver(work)) return false
      const context: HandlerContext = { ...work.context, attempt: attempt + 1 }
      try {
        this.#finished(record, work, await module.handle!(record, context))
        return true
      } catch (again) {
        error = again
      }
    }
  }

  #isOver(work: PartitionWork): boolean {
    return work.isGivenUp || this.#parts.stopping.aborted
  }

  #finished(record: ConsumerRecord, work: PartitionWork, value: unknown): void {
    this.handledRecords++
    work.offsets.finish(record.offset)
    this.#parts.answers.resolve(record, value)
  }

  /** @throws RinglogError HANDLER_FAILED without a dead letter topic, or when it does not take it. */
  async #bury(
    record: ConsumerRecord,
    work: PartitionWork,
    attempts: number,
    error: unknown,
  ): Promise<void> {
    const { deadLetterTopic } = this.#parts.start
    if (deadLetterTopic === null) throw this.#exhausted(record, attempts, error)
    try {
      await work.context.producer.send(deadLetter(deadLetterTopic, record, error))
    } catch (refusal) {
      throw this.#exhausted(
        record,
        attempts,
        error,
        `, and dead letter topic ${deadLetterTopic} did not take the record: ${describeThrown(refusal)}`,
      )
    }
    this.deadLetteredRecords++
    this.handledRecords++
    work.offsets.finish(record.offset)
    this.#parts.answers.reject(record, error)
  }

  #exhausted(
    { topic, partition, offset }: ConsumerRecord,
    attempts: number,
    cause: unknown,
    more = '',
  ): RinglogError {
    return new RinglogError(
      'HANDLER_FAILED',
      `the handler failed on partition=${partitionName(topic, partition)}, offset=${offset} after ` +
        `attempts=${attempts}: ${describeThrown(cause)}${more}`,
      { cause, details: { topic, partition, offset, attempts } },
    )
  }

  /** Waits for the next attempt; not to the end when there will be none. */
  async #backoff(attempts: number, work: PartitionWork): Promise<void> {
    const { retryBackoffMs } = this.#parts.start
    const maxMs = Math.max(retryBackoffMs, MAX_BACKOFF_MS)
    const waitMs = Math.min(retryBackoffMs * 2 ** (attempts - 1), maxMs)
    const signals = [this.#parts.stopping, work.givenUp]
    if (signals.some(({ aborted }) => aborted)) return
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimer(timer)
        for (const signal of signals) signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimer(end, waitMs)
      for (const signal of signals) signal.addEventListener('abort', end)
    })
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
