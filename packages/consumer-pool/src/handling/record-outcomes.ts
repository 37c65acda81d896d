import type { ConsumerRecord } from '@ringlog/consumer'
import type { CrashReports } from '../wire/crash-reports.ts'
import type { HandlerProducer } from './handler-producer.ts'
import type { PartitionWork } from './partition-work.ts'
import { Retries, type RetryConfig } from './retries.ts'
import type { RunAnswers } from '../thread/run-answers.ts'
import type { Attempt } from '../thread/running-handlers.ts'

/**
 * What becomes of records: they are finished, tried again, or, when no attempt is left, sent to the dead
 * letter topic. None is passed over.
 *
 * Thread: the pool thread's.
 */
export class RecordOutcomes {
  readonly #parts: OutcomeParts
  readonly #retries: Retries
  handledRecords = 0
  failedAttempts = 0
  deadLetteredRecords = 0

  constructor(parts: OutcomeParts) {
    this.#parts = parts
    this.#retries = new Retries(parts.retries, (record) => parts.producer.send(record))
  }

  /** Whether no more handlers are to begin. */
  isOver(work: PartitionWork): boolean {
    return work.isGivenUp || this.#parts.stopping.aborted
  }

  finish(record: ConsumerRecord, work: PartitionWork, value: unknown): void {
    this.handledRecords++
    work.offsets.finish(record.offset)
    this.#parts.answers.resolve(record, value)
  }

  /**
   * What is to be done with a record whose handler has failed; waits until it may be tried again.
   *
   * @throws RinglogError HANDLER_FAILED: see `Retries.bury`.
   */
  async afterFailure(
    record: ConsumerRecord,
    work: PartitionWork,
    failed: Attempt,
    error: unknown,
  ): Promise<AfterFailure> {
    if (work.context.signal.aborted) return 'left'
    const { attempt } = failed
    if (!failed.wasHeldUp && (await this.#parts.producer.waitAfter(error))) {
      return this.isOver(work) ? 'left' : { ...failed, wasHeldUp: true }
    }
    this.failedAttempts++
    if (!this.#retries.allows(attempt)) {
      await this.#bury(record, work, attempt, error)
      return 'finished'
    }
    await this.#retries.backoff(attempt, [this.#parts.stopping, work.givenUp])
    return this.isOver(work) ? 'left' : { ...failed, attempt: attempt + 1, wasHeldUp: false }
  }

  /**
   * The first attempt at a record in this thread, which counts those that crashed other threads; `null`: it
   * has crashed threads as often as it may be tried, and goes to the dead letter topic.
   *
   * @throws RinglogError HANDLER_FAILED: see `Retries.bury`.
   */
  async firstAttempt(
    record: ConsumerRecord,
    work: PartitionWork,
    slot: number,
  ): Promise<Attempt | null> {
    const { offset } = record
    const first = {
      slot,
      offset,
      endOffset: offset + 1,
      attempt: 1,
      isSuspect: false,
      wasHeldUp: false,
    }
    const before = work.suspects?.find(offset) ?? null
    if (before === null) return first
    const { attempts, isSuspect, isGuilty } = before
    // If this record crashes the thread, too, the records before it are not handled again.
    await this.#parts.commit()
    if (this.#retries.allows(attempts)) return { ...first, attempt: attempts + 1, isSuspect }
    // Other handlers ran beside it, so one of those may have crashed the thread: it is tried once more, alone.
    if (!isGuilty) return { ...first, attempt: attempts, isSuspect }
    this.failedAttempts++
    await this.#bury(record, work, attempts, this.#parts.crashes.errorOf(record))
    await this.#parts.commit()
    return null
  }

  async #bury(
    record: ConsumerRecord,
    work: PartitionWork,
    attempts: number,
    error: unknown,
  ): Promise<void> {
    await this.#retries.bury(record, attempts, error)
    this.deadLetteredRecords++
    this.handledRecords++
    work.offsets.finish(record.offset)
    this.#parts.answers.reject(record, error)
  }
}

export interface OutcomeParts {
  readonly retries: RetryConfig
  readonly producer: HandlerProducer
  readonly answers: RunAnswers
  readonly crashes: CrashReports
  /** Aborted when no more handlers are to begin. */
  readonly stopping: AbortSignal
  /** Commits what is handled. */
  commit(): Promise<void>
}

/** After a failure: nothing more of the record, as it is finished or not handled here; or the next attempt. */
export type AfterFailure = 'finished' | 'left' | Attempt
