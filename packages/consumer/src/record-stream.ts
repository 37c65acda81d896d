import { Readable } from 'node:stream'
import type { ConsumerRecord } from './consumer-record.ts'
import type { RecordFeed } from './record-feed.ts'

/**
 * What `toReadable()` gives.
 *
 * Its high-water mark is 0: Node.js asks for a record only when its buffer is empty, so at most one
 * is in the stream that the reader does not have yet. Destroyed, the stream gives that one back.
 */
export class RecordStream<K, V> extends Readable {
  readonly #feed: RecordFeed<K, V>
  readonly #stopped = new AbortController()
  #last: ConsumerRecord<K, V> | null = null

  constructor(feed: RecordFeed<K, V>) {
    super({ objectMode: true, highWaterMark: 0 })
    this.#feed = feed
  }

  override _read(): void {
    if (!this.#pushNext()) void this.#poll()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#stopped.abort()
    if (this.readableLength > 0 && this.#last !== null) this.#feed.takeBack(this.#last)
    this.#feed.stop()
    callback(error)
  }

  #pushNext(): boolean {
    const record = this.#feed.next()
    if (record === null) return false
    this.#last = record
    this.push(record)
    return true
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopped
    try {
      do await this.#feed.fill(signal)
      while (!signal.aborted && !this.#pushNext())
    } catch (error) {
      if (signal.aborted) return
      if (this.#feed.isEnd(error)) this.push(null)
      else this.destroy(error as Error)
    }
  }
}
