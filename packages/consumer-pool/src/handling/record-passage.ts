import type { ConsumerRecord } from '@ringlog/consumer'
import { isThenable } from '@ringlog/core/internal'
import type { ArrivedRecords } from './arrived-records.ts'
import { faultOf } from './handler-end.ts'
import type { HandlerQueue } from './handler-queue.ts'
import type { HandlingParts } from './handling-parts.ts'
import type { PartitionWork } from './partition-work.ts'

/**
 * The straight way from the log to the user's handler: records that came together, of one partition, none of which
 * was tried before, as long as the handler ends at once.
 *
 * Thread: the one that handles records.
 */
export class RecordPassage {
  readonly #parts: HandlingParts
  readonly #arrived: ArrivedRecords
  readonly #exits: PassageExits

  constructor(parts: HandlingParts, arrived: ArrivedRecords, exits: PassageExits) {
    this.#parts = parts
    this.#arrived = arrived
    this.#exits = exits
  }

  /** @param first The first that has arrived. */
  begin(queue: HandlerQueue, first: ConsumerRecord): void {
    const arrived = this.#arrived
    arrived.take()
    const { work } = queue
    let record: ConsumerRecord | null = first
    // What keeps track of the handlers is told of one that goes from record to record.
    let isFirst = true
    let isPassing = true
    try {
      while (record !== null) {
        isPassing = this.#passes(queue, record, isFirst)
        isFirst = false
        // Where there are queues, the next may have to wait behind one of its key.
        const isMore: boolean = isPassing && this.#mayGoOn(work) && work.queues.isEmpty
        record = isMore ? arrived.takeNext() : null
      }
    } finally {
      if (isPassing) this.#parts.tracing.end(queue.slot)
    }
  }

  /** Gives the handler a record; `false`: it does not end at once, or has failed, and the record is in the queue. */
  #passes(queue: HandlerQueue, record: ConsumerRecord, isFirst: boolean): boolean {
    const { handlers, outcomes, tracing, isDeserialized } = this.#parts
    const { work, slot } = queue
    const { offset } = record
    const fault = isDeserialized ? faultOf(record) : null
    if (fault !== null) {
      if (!isFirst) tracing.end(slot)
      queue.hold(record)
      this.#exits.onFault(queue, fault)
      return false
    }
    if (isFirst) tracing.begin(slot, offset, offset + 1, 1)
    else tracing.next(slot, offset)
    let answer: unknown
    let isPromise: boolean
    try {
      answer = handlers.handle!(record, work.context)
      isPromise = isThenable(answer)
    } catch (error) {
      queue.hold(record)
      this.#exits.onError(queue, error)
      return false
    }
    if (isPromise) {
      queue.hold(record)
      this.#exits.onPromise(queue, answer)
      return false
    }
    outcomes.pass(record, work, answer)
    return true
  }

  /** Whether another record may be begun: nothing else can have changed of what is asked before the first. */
  #mayGoOn(work: PartitionWork): boolean {
    const { outcomes, producer } = this.#parts
    return !producer.isCongested && !outcomes.isOver(work) && !this.#exits.isOver()
  }
}

/** Where a record goes that does not pass. */
export interface PassageExits {
  /** Asked after each record: whether no other is to begin now. */
  isOver(): boolean
  /** The handler has returned a promise. */
  onPromise(queue: HandlerQueue, answer: unknown): void
  /** The handler has thrown. */
  onError(queue: HandlerQueue, error: unknown): void
  /** The record cannot be deserialized. */
  onFault(queue: HandlerQueue, fault: unknown): void
}
