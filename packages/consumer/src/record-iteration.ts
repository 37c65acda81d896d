import type { ConsumerRecord } from './consumer-record.ts'
import type { RecordFeed } from './record-feed.ts'

/**
 * What `for await (const record of consumer)` walks.
 *
 * A promise per record is what the protocol asks for; all else is done once per poll.
 */
export class RecordIteration<K, V> implements AsyncIterableIterator<
  ConsumerRecord<K, V>,
  undefined
> {
  readonly #feed: RecordFeed<K, V>
  readonly #stopped = new AbortController()

  constructor(feed: RecordFeed<K, V>) {
    this.#feed = feed
  }

  next(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    const record = this.#feed.next()
    return record === null ? this.#poll() : Promise.resolve({ done: false, value: record })
  }

  /** The loop was left: the consumer stays open, its position after the record that was given last. */
  return(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    this.#stopped.abort()
    this.#feed.stop()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #poll(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    const { signal } = this.#stopped
    try {
      while (!signal.aborted) {
        await this.#feed.fill(signal)
        if (signal.aborted) break
        const record = this.#feed.next()
        if (record !== null) return { done: false, value: record }
      }
    } catch (error) {
      if (!signal.aborted && !this.#feed.isEnd(error)) throw error
    }
    this.#feed.stop()
    return { done: true, value: undefined }
  }
}
