import { RinglogError, type TopicPartition } from '@ringlog/core/internal'
import { inspect } from 'node:util'
import { FetchedRecord, type ConsumerRecord } from './consumer-record.ts'
import { COPY_TO_POST } from './not-cloneable.ts'
import { RecordDecoder } from './record-decoder.ts'
import { RecordStretch } from './record-stretch.ts'
import { shownAs } from './shown-as.ts'
import { SliceCursor, type RecordCursor, type RecordSlice } from './slice-cursor.ts'

/**
 * What one poll handed out, by partition, in offset order.
 *
 * All of it counts as consumed when the next poll begins, whatever has become of it: to have a record
 * count only when it is done, iterate the consumer (`for await (const record of consumer)`), or commit
 * yourself. Where a loop over it is left, by a throw or otherwise, and no poll comes after that, what is
 * committed as the consumer closes or gives partitions up ends before the record that the loop was at.
 * What `records(p)` and a cursor give is not followed.
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

/** Is called with how far a loop over a poll's records came. */
export interface LoopListener {
  /**
   * @param unfinished Of each partition that the loop did not finish, the first offset that it did not;
   *   a record whose loop body was left counts as not finished.
   */
  onLoopEnd(records: object, unfinished: ReadonlyMap<TopicPartition, number>): void
}

const NOTHING: ReadonlyMap<TopicPartition, number> = new Map()

/** One poll's records: where they lie. A record object is made when it is asked for. */
export class PolledRecords<K, V> implements ConsumerRecords<K, V> {
  readonly count: number
  readonly #listener: LoopListener
  readonly notCloneable: symbol = COPY_TO_POST
  readonly #slices: readonly RecordSlice[]
  readonly #decoder: RecordDecoder<K, V>
  #hasCursor = false
  #hasRecords = false
  #isOver = false
  /** Whether the last loop over all of them was left before its end. */
  #wasLeft = false

  constructor(
    slices: readonly RecordSlice[],
    decoder: RecordDecoder<K, V>,
    listener: LoopListener,
  ) {
    this.#listener = listener
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

  /** Its records by partition, each partition's at one stretch. They are made when they are taken. */
  get stretches(): Array<RecordStretch<K, V>> {
    this.#assertNotOver()
    this.#hasRecords = true
    const ofPartitions: RecordSlice[][] = []
    for (const slice of this.#slices) {
      const last = ofPartitions.at(-1)
      if (last?.[0]!.at === slice.at) last.push(slice)
      else ofPartitions.push([slice])
    }
    return ofPartitions.map((slices) => new RecordStretch(slices, this.#decoder))
  }

  records(p: TopicPartition): Array<ConsumerRecord<K, V>> {
    const slices = this.#slices.filter(
      ({ at }) => at.topic === p.topic && at.partition === p.partition,
    )
    return [...this.#recordsOf(slices, null)]
  }

  [Symbol.iterator](): Iterator<ConsumerRecord<K, V>> {
    return this.#recordsOf(this.#slices, this)
  }

  /** A loop over all of them was left, by a throw or otherwise, at the record that it was given last. */
  onLeft(cursor: SliceCursor): void {
    if (cursor.at === null) return
    this.#wasLeft = true
    const unfinished = new Map([[cursor.at, cursor.offset]])
    for (const slice of cursor.unopened) {
      if (unfinished.has(slice.at)) continue
      const first = new SliceCursor([slice])
      first.next()
      unfinished.set(slice.at, first.offset)
    }
    this.#listener.onLoopEnd(this, unfinished)
  }

  /** A loop over all of them came to its end. */
  onFinished(): void {
    if (!this.#wasLeft) return
    this.#wasLeft = false
    this.#listener.onLoopEnd(this, NOTHING)
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
    return new SliceCursor(this.borrow())
  }

  /** @throws RinglogError INVALID_STATE as `cursor`. */
  borrow(): readonly RecordSlice[] {
    this.#assertNotOver()
    this.#hasCursor = true
    return this.#slices
  }

  /**
   * The next poll begins. Memory that was walked by a cursor alone can be used again; the rest is
   * left to the records that were made of it, and to the garbage collector.
   */
  end(): void {
    if (this.#hasCursor && !this.#hasRecords) {
      this.#isOver = true
      return
    }
    for (const { chunk } of this.#slices) chunk.isKept = true
  }

  #recordsOf(
    slices: readonly RecordSlice[],
    whole: PolledRecords<K, V> | null,
  ): RecordIterator<K, V> {
    this.#assertNotOver()
    this.#hasRecords = true
    return new RecordIterator(new SliceCursor(slices), this.#decoder, whole)
  }

  #assertNotOver(): void {
    if (!this.#isOver) return
    throw new RinglogError(
      'INVALID_STATE',
      'these records were walked by a cursor, and the next poll has begun: their memory may be in use again',
    )
  }
}

/** The records of a poll by partition. */
export function stretchesOf<K, V>(records: ConsumerRecords<K, V>): Array<RecordStretch<K, V>> {
  return (records as PolledRecords<K, V>).stretches
}

/**
 * Where the records of a poll lie, a part of a batch each; borrowed until the next poll, as by a cursor.
 *
 * @throws RinglogError INVALID_STATE after the next poll.
 */
export function slicesOf(records: ConsumerRecords<unknown, unknown>): readonly RecordSlice[] {
  if (!(records instanceof PolledRecords)) throw new TypeError('these records are no poll’s')
  return records.borrow()
}

const AS_BYTES = new RecordDecoder<Buffer | null, Buffer | null>(null, null)

/** The records of a slice, as bytes; borrowed as it is. */
export function* recordsIn(slice: RecordSlice): Generator<ConsumerRecord, void, undefined> {
  const cursor = new SliceCursor([slice])
  while (cursor.next()) yield new FetchedRecord(cursor, AS_BYTES)
}

class RecordIterator<K, V> implements IterableIterator<ConsumerRecord<K, V>> {
  readonly #cursor: SliceCursor
  readonly #decoder: RecordDecoder<K, V>
  /** What it walks all of; `null`: it walks a part. */
  readonly #whole: PolledRecords<K, V> | null

  constructor(
    cursor: SliceCursor,
    decoder: RecordDecoder<K, V>,
    whole: PolledRecords<K, V> | null,
  ) {
    this.#cursor = cursor
    this.#decoder = decoder
    this.#whole = whole
  }

  next(): IteratorResult<ConsumerRecord<K, V>> {
    if (this.#cursor.next()) {
      return { done: false, value: new FetchedRecord(this.#cursor, this.#decoder) }
    }
    this.#whole?.onFinished()
    return { done: true, value: undefined }
  }

  return(): IteratorResult<ConsumerRecord<K, V>> {
    this.#whole?.onLeft(this.#cursor)
    return { done: true, value: undefined }
  }

  [Symbol.iterator](): this {
    return this
  }
}
