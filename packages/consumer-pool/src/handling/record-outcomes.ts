import type { ConsumerRecord } from '@ringlog/consumer'
import type { HandlerProducer } from './handler-producer.ts'
import type { HandlerQueue } from './handler-queue.ts'
import type { PartitionWork } from './partition-work.ts'
import type { Retries } from './retries.ts'

/**
 * What becomes of records: they are finished, tried again, or, when no attempt is left, sent to the dead
 * letter topic. None is passed over.
 *
 * Thread: the one that handles records.
 */
export class RecordOutcomes {
  readonly #parts: OutcomeParts
  handledRecords = 0
  failedAttempts = 0
  deadLetteredRecords = 0
  /** Records that wait for their next attempt. */
  waitingRetries = 0

  #isStopping = false

  constructor(parts: OutcomeParts) {
    this.#parts = parts
    parts.stopping.addEventListener('abort', () => (this.#isStopping = true))
  }

  /** Whether no more handlers are to begin. */
  isOver(work: PartitionWork): boolean {
    return work.isGivenUp || this.#isStopping
  }

  /** A record was handled at one stretch. */
  pass(record: ConsumerRecord, work: PartitionWork, value: unknown): void {
    this.handledRecords++
    work.offsets.pass(record.offset)
    this.#parts.answers?.resolve(record, value)
  }

  finish(record: ConsumerRecord, work: PartitionWork, value: unknown): void {
    this.handledRecords++
    work.offsets.finish(record.offset)
    this.#parts.answers?.resolve(record, value)
  }

  /**
   * What is to be done with the first record of a queue, whose handler has failed; waits until it may be tried
   * again. Either it is finished, or it is not to be handled here any more.
   *
   * @throws RinglogError HANDLER_FAILED: see `Retries.bury`.
   */
  async afterFailure(queue: HandlerQueue, error: unknown): Promise<'again' | 'finished' | 'left'> {
    const { producer, retries, stopping } = this.#parts
    const { work, attempt } = queue
    if (work.context.signal.aborted) return 'left'
    if (!queue.wasHeldUp && (await producer.waitAfter(error))) {
      queue.wasHeldUp = true
      return 'again'
    }
    this.failedAttempts++
    if (!retries.allows(attempt)) {
      await this.#bury(queue, error)
      return 'finished'
    }
    this.waitingRetries++
    await retries.backoff(attempt, [stopping, work.givenUp])
    this.waitingRetries--
    queue.attempt = attempt + 1
    queue.wasHeldUp = false
    return 'again'
  }

  /**
   * The first record of a queue cannot be deserialized: no attempt would help.
   *
   * @throws RinglogError HANDLER_FAILED: see `Retries.bury`.
   */
  async afterFault(queue: HandlerQueue, fault: unknown): Promise<void> {
    this.failedAttempts++
    queue.attempt = 0
    await this.#bury(queue, fault)
  }

  /**
   * How often the first record of a queue was tried before; `false`: it has crashed threads as often as it may
   * be tried, and was sent to the dead letter topic.
   *
   * @throws RinglogError HANDLER_FAILED: see `Retries.bury`.
   */
  async firstAttempt(queue: HandlerQueue): Promise<boolean> {
    const { retries } = this.#parts
    const { work, record } = queue
    queue.attempt = 1
    const before = work.tried?.find(record.offset) ?? null
    if (before === null) return true
    const { attempts, isSuspect, isGuilty } = before
    // If this record crashes the thread, too, the records before it are not handled again.
    await this.#parts.commit()
    queue.isSuspect = isSuspect
    queue.attempt = attempts + 1
    if (retries.allows(attempts)) return true
    queue.attempt = attempts
    // Other handlers ran beside it, so one of those may have crashed the thread: it is tried once more, alone.
    if (!isGuilty) return true
    this.failedAttempts++
    const crash = this.#parts.crashOf(record)
    await this.#bury(queue, crash)
    await this.#parts.commit()
    return false
  }

  async #bury({ record, work, attempt }: HandlerQueue, error: unknown): Promise<void> {
    await this.#parts.retries.bury(record, attempt, error)
    this.deadLetteredRecords++
    this.handledRecords++
    work.offsets.finish(record.offset)
    this.#parts.answers?.reject(record, error)
  }
}

export interface OutcomeParts {
  readonly retries: Retries
  readonly producer: HandlerProducer
  /** `null`: nobody awaits what a handler returns. */
  readonly answers: RecordAnswers | null
  /** Aborted when no more handlers are to begin. */
  readonly stopping: AbortSignal
  /** Commits what is handled. */
  commit(): Promise<void>
  /** How the thread crashed that handled the record last. */
  crashOf(record: ConsumerRecord): unknown
}

/** Passes on what became of records, to who awaits it. */
export interface RecordAnswers {
  resolve(record: ConsumerRecord, value: unknown): void
  reject(record: ConsumerRecord, error: unknown): void
}
