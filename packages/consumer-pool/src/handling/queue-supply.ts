import { HandlerQueue, type HandlerQueueEvents } from './handler-queue.ts'
import type { HandlerTracing } from './handler-tracing.ts'
import type { PartitionWork } from './partition-work.ts'

/** Queues that are used again, each with a slot; and the one that records pass through which are handled at once. */
export class QueueSupply {
  readonly #tracing: HandlerTracing
  readonly #events: HandlerQueueEvents
  readonly #spare: HandlerQueue[] = []
  #hand: HandlerQueue | null = null
  /** Whether there was no slot for the last that was asked for. */
  isExhausted = false

  constructor(tracing: HandlerTracing, events: HandlerQueueEvents) {
    this.#tracing = tracing
    this.#events = events
  }

  /**
   * A queue for the next record of a partition: the same as before, as long as it was not given away; `null`:
   * there is no slot for one.
   */
  take(work: PartitionWork): HandlerQueue | null {
    if (this.#hand?.work === work) return this.#hand
    this.putDown()
    const slot = this.#tracing.takeSlot(work)
    this.isExhausted = slot === null
    if (slot === null) return null
    const queue = this.#spare.pop() ?? new HandlerQueue(this.#events)
    queue.enter(work, slot)
    this.#hand = queue
    return queue
  }

  /** The queue's record is not finished at one stretch: the next needs another. */
  giveAway(queue: HandlerQueue): void {
    if (this.#hand === queue) this.#hand = null
  }

  /** Nothing is in the queue any more; `take` or `putDown` follows. */
  takeBack(queue: HandlerQueue): void {
    if (this.#hand !== null) return this.giveBack(queue)
    queue.close()
    this.#hand = queue
  }

  /** No record follows at once. */
  putDown(): void {
    this.isExhausted = false
    const hand = this.#hand
    if (hand === null) return
    this.#hand = null
    this.giveBack(hand)
  }

  /** Nothing is in the queue any more. */
  giveBack(queue: HandlerQueue): void {
    this.#tracing.leaveSlot(queue.slot, queue.work)
    queue.leave()
    this.#spare.push(queue)
  }
}
