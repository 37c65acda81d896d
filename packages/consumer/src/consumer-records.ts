import { RinglogError, type TopicPartition } from '@ringlog/core/internal'
import { inspect } from 'node:util'
import { FetchedRecord, type ConsumerRecord } from './consumer-record.ts'
import { COPY_TO_POST } from './not-cloneable.ts'
import type { RecordDecoder } from './record-decoder.ts'
import { shownAs } from './shown-as.ts'
import { SliceCursor, type RecordCursor, type RecordSlice } from './slice-cursor.ts'

/**
 * What one poll handed out, by partition, in offset order.
 *
 * `console.log` and `JSON.stringify` show its records. It cannot be posted or cloned: post copies of
 * the records, `Array.from(records, (record) => record.copy())`.
 */
export interface ConsumerRecords<K = Buffer | null, V = Buffer | null> extends Iterable<
  ConsumerRecord<K, V>
> {
  readonly count: number
  /** The partitions that records came from. */
  readonly partitions: TopicPartition[]
  /** The records of one partition. */
  records(p: TopicPartition): Array<ConsumerRecord<K, V>>
}

/** One poll's records: where they lie. A record object is made when it is asked for. */
export class PolledRecords<K, V> implements ConsumerRecords<K, V> {
  readonly count: number
  readonly notCloneable: symbol = COPY_TO_POST
  readonly #slices: readonly RecordSlice[]
  readonly #decoder: RecordDecoder<K, V>
  #hasCursor = false
  #hasRecords = false
  #isOver = false

  constructor(slices: readonly RecordSlice[], decoder: RecordDecoder<K, V>) {
    this.#slices = slices
    this.#decoder = decoder
    let count = 0
    for (const slice of slices) count += slice.count
    this.count = count
  }

  get partitions(): TopicPartition[] {
    const partitions: TopicPartition[] = []
    for (const { at } of this.#slices) if (!partitions.includes(at)) partitions.push(at)
    return partitions.map(({ topic, partition }) => ({ topic, partition }))
  }

  records(p: TopicPartition): Array<ConsumerRecord<K, V>> {
    const slices = this.#slices.filter(
      ({ at }) => at.topic === p.topic && at.partition === p.partition,
    )
    return [...this.#recordsOf(slices)]
  }

  [Symbol.iterator](): Iterator<ConsumerRecord<K, V>> {
    return this.#recordsOf(this.#slices)
  }

  /**
   * For `JSON.stringify`: an array of the records.
   *
   * @throws RinglogError INVALID_STATE as iterating does; SERIALIZATION_FAILED.
   */
  toJSON(): Array<ConsumerRecord<K, V>> {
    return [...this]
  }

  /** For `console.log`. */
  [inspect.custom](): object {
    const { count } = this
    // Once a cursor has walked them, their memory is the next poll's.
    if (this.#hasCursor) return shownAs('ConsumerRecords', { count })
    return shownAs('ConsumerRecords', { count, records: [...this] })
  }

  /** Walks all records, to make objects of them: they keep their memory. */
  walk(): SliceCursor {
    this.#assertNotOver()
    this.#hasRecords = true
    return new SliceCursor(this.#slices)
  }

  /** @throws RinglogError INVALID_STATE after the next poll: the memory may be in use again. */
  cursor(): RecordCursor {
    this.#assertNotOver()
    this.#hasCursor = true
    return new SliceCursor(this.#slices)
  }

  /**
   * The next poll begins. Memory that was walked by a cursor alone can be used again; the rest is
   * left to whoever still looks at it.
   */
  end(): void {
    if (this.#hasCursor && !this.#hasRecords) {
      this.#isOver = true
      return
    }
    for (const { chunk } of this.#slices) chunk.isKept = true
  }

  #recordsOf(slices: readonly RecordSlice[]): RecordIterator<K, V> {
    this.#assertNotOver()
    this.#hasRecords = true
    return new RecordIterator(new SliceCursor(slices), this.#decoder)
  }

  #assertNotOver(): void {
    if (!this.#isOver) return
    throw new RinglogError(
      'INVALID_STATE',
      'these records were walked by a cursor, and the next poll has begun: their memory may be in use again',
    )
  }
}

class RecordIterator<K, V> implements IterableIterator<ConsumerRecord<K, V>> {
  readonly #cursor: SliceCursor
  readonly #decoder: RecordDecoder<K, V>

  constructor(cursor: SliceCursor, decoder: RecordDecoder<K, V>) {
    this.#cursor = cursor
    this.#decoder = decoder
  }

  next(): IteratorResult<ConsumerRecord<K, V>> {
    return this.#cursor.next()
      ? { done: false, value: new FetchedRecord(this.#cursor, this.#decoder) }
      : { done: true, value: undefined }
  }

  [Symbol.iterator](): this {
    return this
  }
}
