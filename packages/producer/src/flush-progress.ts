import type { ProducerBatch } from './producer-batch.ts'
import type { TopicAccumulator } from './topic-accumulator.ts'

/**
 * Follows what a producer had taken when `flush` was called, until all of it is delivered or has
 * failed: first the records that are held, until they are in batches; then the batches.
 */
export class FlushProgress {
  readonly #sendAll: () => ProducerBatch[]
  #held: Array<{ topic: TopicAccumulator; lastTicket: number }>
  /** `null`: records are still held. */
  #batches: ProducerBatch[] | null = null

  /** @param sendAll Lets all batches leave that may, and returns those that are not settled. */
  constructor(topics: Iterable<TopicAccumulator>, sendAll: () => ProducerBatch[]) {
    this.#sendAll = sendAll
    this.#held = Array.from(topics, (topic) => ({ topic, lastTicket: topic.lastHeldTicket }))
  }

  /** Whether all of it is done; to be asked after every change. */
  isOver(): boolean {
    if (this.#batches === null) {
      this.#held = this.#held.filter(({ topic, lastTicket }) => topic.holdsUpTo(lastTicket))
      if (this.#held.length > 0) return false
      this.#batches = this.#sendAll()
    }
    while (this.#batches.at(-1)?.isSettled === true) this.#batches.pop()
    return this.#batches.length === 0
  }
}
