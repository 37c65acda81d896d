import type { ConsumerRecord } from '@ringlog/consumer'
import { RinglogError } from '@ringlog/core/internal'
import { BatchRecords } from './batch-records.ts'
import type { BatchContext } from './handler-context.ts'
import { endOf, faultOf, type AttemptEnd } from './handler-end.ts'
import type { HandlerQueue } from './handler-queue.ts'
import type { HandlingParts } from './handling-parts.ts'
import { exhausted } from './retries.ts'

/**
 * Calls the user's `handleBatch` with records of one partition in their order. A record that may have
 * crashed its thread is a batch of its own.
 *
 * Thread: the one that handles records.
 */
export class BatchHandling {
  readonly #parts: HandlingParts

  constructor(parts: HandlingParts) {
    this.#parts = parts
  }

  /**
   * Gives the handler as much of the queue's batch as it may have at once. What is done of it leaves the queue:
   * the first is then the last that was done, or the one that failed.
   *
   * @throws RinglogError HANDLER_FAILED when it fails after it has said that all are done.
   */
  async attempt(queue: HandlerQueue): Promise<AttemptEnd> {
    const { handlers, tracing, outcomes } = this.#parts
    const { work, slot, attempt } = queue
    const records = queue.batch.slice(0, this.#endOfBatch(queue))
    const endOffset = records.at(-1)!.offset + 1
    if (!(await tracing.beginInTurn(queue, endOffset, () => outcomes.isOver(work)))) return 'left'
    let done = 0
    let isRunning = true
    const finishUpTo = (count: number): void => {
      if (count <= done) return
      for (const record of records.slice(done, count)) outcomes.finish(record, work, undefined)
      done = count
      if (isRunning && done < records.length) tracing.advance(slot, records[done]!.offset)
    }
    const context: BatchContext = {
      ...work.context,
      attempt,
      done: (record) => {
        const i = indexOf(records, record?.offset)
        if (i < 0 || record.topic !== work.at.topic || record.partition !== work.at.partition) {
          throw new RinglogError('INVALID_REQUEST', 'done() takes a record of this batch')
        }
        if (isRunning) finishUpTo(i + 1)
      },
    }
    const end = await endOf(() => handlers.handleBatch!(new BatchRecords(records), context))
    isRunning = false
    if (queue.isSuspect) await tracing.suspectHasRun()
    if ('value' in end) {
      tracing.end(slot)
      finishUpTo(records.length)
      queue.nextOfBatch(records.length - 1)
      return 'finished'
    }
    // All were done: what failed after it concerns none of them.
    if (done === records.length) throw exhausted(records.at(-1)!, attempt, end.error)
    if (done > 0) {
      queue.nextOfBatch(done)
      queue.attempt = 1
    }
    return end
  }

  /** Up to the next that must run alone, or cannot be deserialized. */
  #endOfBatch({ batch, work, isSuspect }: HandlerQueue): number {
    if (isSuspect) return 1
    const { isDeserialized } = this.#parts
    const { tried } = work
    if (tried === null && !isDeserialized) return batch.length
    const isAlone = (record: ConsumerRecord): boolean =>
      tried?.find(record.offset)?.isSuspect === true || (isDeserialized && faultOf(record) !== null)
    const next = batch.findIndex((record, i) => i > 0 && isAlone(record))
    return next < 0 ? batch.length : next
  }
}

/** Where the record with this offset is, of records in offset order; -1: it is none of them. */
function indexOf(records: readonly ConsumerRecord[], offset: unknown): number {
  let low = 0
  let high = records.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const found = records[middle]!.offset
    if (found === offset) return middle
    if (found < (offset as number)) low = middle + 1
    else high = middle - 1
  }
  return -1
}
