import type { ConsumerRecord } from '@ringlog/consumer'
import { RinglogError } from '@ringlog/core/internal'
import { BatchRecords } from './batch-records.ts'
import type { BatchContext } from './handler-context.ts'
import { endOf, type HandlerEnd } from './handler-end.ts'
import type { HandlerQueue, PartitionWork } from './partition-work.ts'
import type { HandlingParts } from './handling-parts.ts'
import { exhausted } from './retries.ts'
import { leftBehindHasRun, type Attempt } from '../thread/running-handlers.ts'

/**
 * Calls the module's `handleBatch` with records of one partition in their order. A record that may have
 * crashed its thread is a batch of its own.
 *
 * Thread: the pool thread's.
 */
export class BatchHandling {
  readonly #parts: HandlingParts

  constructor(parts: HandlingParts) {
    this.#parts = parts
  }

  /**
   * Returns whether all of them are finished: not when the pool stops, or the partition is lost, before.
   *
   * @throws RinglogError HANDLER_FAILED.
   */
  async handle(
    records: readonly ConsumerRecord[],
    work: PartitionWork,
    { slot }: HandlerQueue,
  ): Promise<boolean> {
    const { outcomes } = this.#parts
    let done = 0
    let next: Attempt | null = null
    while (done < records.length) {
      const first: typeof next = next ?? (await outcomes.firstAttempt(records[done]!, work, slot))
      next = null
      if (first === null) {
        done++
        continue
      }
      const end = first.isSuspect ? done + 1 : endOfBatch(records, done, work)
      const batch = records.slice(done, end)
      const attempt = { ...first, offset: batch[0]!.offset, endOffset: batch.at(-1)!.offset + 1 }
      const tried = await this.#attempt(batch, work, attempt)
      if (tried === null) return false
      done += tried.done
      if ('value' in tried.end) continue
      // All were done: what failed after it concerns none of them.
      if (done === end) throw exhausted(batch.at(-1)!, attempt.attempt, tried.end.error)
      const isFirstOfNext = tried.done > 0
      const failed = isFirstOfNext ? { ...attempt, attempt: 1, isSuspect: false } : attempt
      const after = await outcomes.afterFailure(records[done]!, work, failed, tried.end.error)
      if (after === 'left') return false
      if (after === 'finished') done++
      else next = after
    }
    return true
  }

  /** Returns what the handler returned or threw, and how many records are done; `null`: it was not called. */
  async #attempt(
    records: readonly ConsumerRecord[],
    work: PartitionWork,
    attempt: Attempt,
  ): Promise<{ readonly done: number; readonly end: HandlerEnd } | null> {
    const { module, producer, running, outcomes } = this.#parts
    await producer.whenNotCongested()
    if (!(await running.beginInTurn(attempt, () => outcomes.isOver(work)))) return null
    let done = 0
    let isOpen = true
    const finishUpTo = (count: number): void => {
      if (count <= done) return
      for (const record of records.slice(done, count)) outcomes.finish(record, work, undefined)
      done = count
      if (isOpen && done < records.length) running.advance(attempt.slot, records[done]!.offset)
    }
    const context: BatchContext = {
      ...work.context,
      attempt: attempt.attempt,
      done: (record) => {
        const i = records.findIndex(({ offset }) => offset === record?.offset)
        if (i < 0 || record.topic !== work.at.topic || record.partition !== work.at.partition) {
          throw new RinglogError('INVALID_REQUEST', 'done() takes a record of this batch')
        }
        if (isOpen) finishUpTo(i + 1)
      },
    }
    const end = await endOf(() => module.handleBatch!(new BatchRecords(records), context))
    isOpen = false
    if (attempt.isSuspect) await leftBehindHasRun()
    if ('value' in end) {
      running.end(attempt)
      finishUpTo(records.length)
    } else running.fail(attempt)
    return { done, end }
  }
}

/** Up to the next that must run alone. */
function endOfBatch(
  records: readonly ConsumerRecord[],
  first: number,
  { suspects }: PartitionWork,
): number {
  if (suspects === null) return records.length
  const next = records.findIndex(
    ({ offset }, i) => i > first && suspects.find(offset)?.isSuspect === true,
  )
  return next < 0 ? records.length : next
}
