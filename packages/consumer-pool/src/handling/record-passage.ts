import type { ConsumerRecord } from '@ringlog/consumer'
import { isThenable } from '@ringlog/core/internal'
import type { ArrivedRecords } from './arrived-records.ts'
import { faultOf } from './handler-end.ts'
import type { HandlerQueue } from './handler-queue.ts'
import type { HandlingParts } from './handling-parts.ts'
import type { Turn } from './turn.ts'

/**
 * The straight way from the log to the user's handler: records that came together, of one partition, none of which
 * was tried before, as long as the handler ends at once.
 *
 * Thread: the one that handles records.
 */
export class RecordPassage {
  readonly #parts: HandlingParts
  readonly #arrived: ArrivedRecords
  readonly #turn: Turn
  readonly #exits: PassageExits

  constructor(parts: HandlingParts, arrived: ArrivedRecords, turn: Turn, exits: PassageExits) {
    this.#parts = parts
    this.#arrived = arrived
    this.#turn = turn
    this.#exits = exits
  }

  /**
   * In one function, which V8 then puts in line with all that it calls.
   *
   * @param first The first that has arrived.
   */
  begin(queue: HandlerQueue, first: ConsumerRecord): void {
    const { handlers, producer, tracing, outcomes, isDeserialized } = this.#parts
    const arrived = this.#arrived
    const turn = this.#turn
    const exits = this.#exits
    const handle = handlers.handle!
    const { work, slot } = queue
    const { context, queues } = work
    arrived.take()
    let record: ConsumerRecord | null = first
    // What keeps track of the handlers is told of one that goes from record to record.
    let isBegun = false
    while (record !== null) {
      const { offset } = record
      const fault = isDeserialized ? faultOf(record) : null
      if (fault !== null) {
        if (isBegun) tracing.end(slot)
        queue.hold(record)
        return exits.onFault(queue, fault)
      }
      if (isBegun) tracing.next(slot, offset)
      else tracing.begin(slot, offset, offset + 1, 1)
      isBegun = true
      let answer: unknown
      let isPromise: boolean
      try {
        answer = handle(record, context)
        isPromise = isThenable(answer)
      } catch (error) {
        queue.hold(record)
        return exits.onError(queue, error)
      }
      if (isPromise) {
        queue.hold(record)
        return exits.onPromise(queue, answer)
      }
      outcomes.pass(record, work, answer)
      // Nothing else can have changed of what is asked before the first. Where there are queues, the next may have to
      // wait behind one of its key.
      if (producer.isCongested || outcomes.isOver(work) || !queues.isEmpty) break
      if (exits.isPaused() || turn.isOver()) break
      record = this.#next(slot)
    }
    tracing.end(slot)
  }

  /** @throws RinglogError CORRUPT_MESSAGE, at which no handler runs. */
  #next(slot: number): ConsumerRecord | null {
    try {
      return this.#arrived.takeNext()
    } catch (error) {
      this.#parts.tracing.end(slot)
      throw error
    }
  }
}

/** Where a record goes that does not pass. */
export interface PassageExits {
  /** Whether no other record is to begin now. */
  isPaused(): boolean
  /** The handler has returned a promise. */
  onPromise(queue: HandlerQueue, answer: unknown): void
  /** The handler has thrown. */
  onError(queue: HandlerQueue, error: unknown): void
  /** The record cannot be deserialized. */
  onFault(queue: HandlerQueue, fault: unknown): void
}
