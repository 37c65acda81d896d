import { BatchHandling } from './batch-handling.ts'
import { endOf, faultOf, type AttemptEnd } from './handler-end.ts'
import type { HandlerQueue } from './handler-queue.ts'
import type { Handlers, HandlingParts } from './handling-parts.ts'

/**
 * Attempts that have to wait for something before they begin: of batches; and of records that were tried in
 * another thread, and may have crashed it.
 *
 * Thread: the one that handles records.
 */
export class AttemptsInTurn {
  readonly #parts: HandlingParts
  readonly #batches: BatchHandling

  constructor(parts: HandlingParts) {
    this.#parts = parts
    this.#batches = new BatchHandling(parts)
  }

  /**
   * Makes the next attempt at the first record of a queue, or at its batch.
   *
   * @throws RinglogError HANDLER_FAILED.
   */
  async make(queue: HandlerQueue): Promise<AttemptEnd> {
    const { outcomes, isDeserialized, handlers } = this.#parts
    if (queue.attempt === 0 && !(await outcomes.firstAttempt(queue))) return 'finished'
    const fault = isDeserialized ? faultOf(queue.record) : null
    if (fault !== null) return { fault }
    const { handle } = handlers
    return handle === null ? this.#batches.attempt(queue) : this.#attempt(queue, handle)
  }

  async #attempt(
    queue: HandlerQueue,
    handle: NonNullable<Handlers['handle']>,
  ): Promise<AttemptEnd> {
    const { tracing, outcomes } = this.#parts
    const { work, record, attempt, slot } = queue
    const isOver = (): boolean => outcomes.isOver(work)
    if (!(await tracing.beginInTurn(queue, record.offset + 1, isOver))) return 'left'
    const end = await endOf(() => handle(record, { ...work.context, attempt }))
    if (queue.isSuspect) await tracing.suspectHasRun()
    if ('error' in end) return end
    tracing.end(slot)
    outcomes.finish(record, work, end.value)
    return 'finished'
  }
}
