import type { ConsumerRecord } from '@ringlog/consumer'
import { BatchHandling } from './batch-handling.ts'
import type { HandlerContext } from './handler-context.ts'
import { endOf, type HandlerEnd } from './handler-end.ts'
import type { HandlingParts } from './handling-parts.ts'
import type { HandlerQueue, PartitionWork } from './partition-work.ts'
import { leftBehindHasRun, type Attempt } from '../thread/running-handlers.ts'

/**
 * Calls the module's handler with the records of the queues: at once where nothing is in the way, which
 * costs no promise; else in turn.
 *
 * Thread: the pool thread's.
 */
export class RecordHandling {
  readonly #parts: HandlingParts
  readonly #batches: BatchHandling

  constructor(parts: HandlingParts) {
    this.#parts = parts
    this.#batches = new BatchHandling(parts)
  }

  /**
   * Handles what comes next in a queue; returns whether that is finished: not when the pool stops, or the
   * partition is lost, before it is. A promise only where it takes one: most handlers that use the
   * processor alone do not.
   *
   * @throws RinglogError HANDLER_FAILED when no attempt is left and there is no dead letter topic.
   */
  handleNext(queue: HandlerQueue, work: PartitionWork): boolean | Promise<boolean> {
    const { module, running, producer } = this.#parts
    if (module.handle === undefined)
      return this.#batches.handle(queue.records.shiftAll(), work, queue)
    const record = queue.records.shift()!
    if (!running.isFree || work.suspects !== null || producer.isCongested) {
      return this.#handleInTurn(record, work, queue)
    }
    const { offset } = record
    const attempt: Attempt = {
      slot: queue.slot,
      offset,
      endOffset: offset + 1,
      attempt: 1,
      isSuspect: false,
      wasHeldUp: false,
    }
    running.begin(attempt)
    let answer: unknown
    try {
      answer = module.handle(record, work.context)
      if (isThenable(answer)) return this.#awaited(answer, record, work, attempt)
    } catch (error) {
      return this.#after({ error }, record, work, attempt)
    }
    running.end(attempt)
    this.#parts.outcomes.finish(record, work, answer)
    return true
  }

  async #awaited(
    answer: PromiseLike<unknown>,
    record: ConsumerRecord,
    work: PartitionWork,
    attempt: Attempt,
  ): Promise<boolean> {
    return this.#after(await endOf(() => answer), record, work, attempt)
  }

  async #handleInTurn(
    record: ConsumerRecord,
    work: PartitionWork,
    queue: HandlerQueue,
  ): Promise<boolean> {
    const first = await this.#parts.outcomes.firstAttempt(record, work, queue.slot)
    return first === null || this.#attempt(record, work, first)
  }

  /** Makes this attempt, and others if it fails. */
  async #attempt(record: ConsumerRecord, work: PartitionWork, attempt: Attempt): Promise<boolean> {
    const { running, module, producer, outcomes } = this.#parts
    await producer.whenNotCongested()
    if (!(await running.beginInTurn(attempt, () => outcomes.isOver(work)))) return false
    const context: HandlerContext = { ...work.context, attempt: attempt.attempt }
    const ended = await endOf(() => module.handle!(record, context))
    if (attempt.isSuspect) await leftBehindHasRun()
    return this.#after(ended, record, work, attempt)
  }

  async #after(
    ended: HandlerEnd,
    record: ConsumerRecord,
    work: PartitionWork,
    attempt: Attempt,
  ): Promise<boolean> {
    const { running, outcomes } = this.#parts
    if ('value' in ended) {
      running.end(attempt)
      outcomes.finish(record, work, ended.value)
      return true
    }
    running.fail(attempt)
    const next = await outcomes.afterFailure(record, work, attempt, ended.error)
    return typeof next === 'string' ? next === 'finished' : this.#attempt(record, work, next)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
