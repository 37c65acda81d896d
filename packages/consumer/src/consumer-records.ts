import { RecordBatchCursor, RinglogError, type TopicPartition } from '@ringlog/core/internal'
import { FetchedRecord, type ConsumerRecord } from './consumer-record.ts'
import type { FetchedChunk } from './fetched-chunk.ts'

/** What one poll handed out, by partition, in offset order. */
export interface ConsumerRecords extends Iterable<ConsumerRecord> {
  readonly count: number
  /** The partitions that records came from. */
  readonly partitions: TopicPartition[]
  /** The records of one partition. */
  records(p: TopicPartition): ConsumerRecord[]
}

/**
 * Walks a poll's records without allocating: `next` moves the fields to the next record.
 *
 * `bytes` is borrowed until the next poll.
 */
export interface RecordCursor {
  next(): boolean
  topic: string
  partition: number
  offset: number
  /** Milliseconds since 1970. */
  timestamp: number
  bytes: Uint8Array
  keyStart: number
  /** -1: null. */
  keyLength: number
  valueStart: number
  /** -1: null. */
  valueLength: number
}

/** Consecutive records of one batch, that one poll handed out. */
export interface RecordSlice {
  readonly at: TopicPartition
  readonly chunk: FetchedChunk
  /** Where the batch starts in the chunk. */
  readonly batchStart: number
  /** The first record: its index within the batch, and where it starts in the chunk. */
  readonly recordIndex: number
  readonly recordStart: number
  readonly count: number
}

/** One poll's records: where they lie. A record object is made when it is asked for. */
export class PolledRecords implements ConsumerRecords {
  readonly count: number
  readonly #slices: readonly RecordSlice[]
  #hasCursor = false
  #hasRecords = false
  #isOver = false

  constructor(slices: readonly RecordSlice[]) {
    this.#slices = slices
    let count = 0
    for (const slice of slices) count += slice.count
    this.count = count
  }

  get partitions(): TopicPartition[] {
    const partitions: TopicPartition[] = []
    for (const { at } of this.#slices) if (!partitions.includes(at)) partitions.push(at)
    return partitions.map(({ topic, partition }) => ({ topic, partition }))
  }

  records(p: TopicPartition): ConsumerRecord[] {
    const slices = this.#slices.filter(
      ({ at }) => at.topic === p.topic && at.partition === p.partition,
    )
    return [...this.#recordsOf(slices)]
  }

  [Symbol.iterator](): Iterator<ConsumerRecord> {
    return this.#recordsOf(this.#slices)
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

  #recordsOf(slices: readonly RecordSlice[]): RecordIterator {
    this.#assertNotOver()
    this.#hasRecords = true
    return new RecordIterator(new SliceCursor(slices))
  }

  #assertNotOver(): void {
    if (!this.#isOver) return
    throw new RinglogError(
      'INVALID_STATE',
      'these records were walked by a cursor, and the next poll has begun: their memory may be in use again',
    )
  }
}

class RecordIterator implements IterableIterator<ConsumerRecord> {
  readonly #cursor: SliceCursor

  constructor(cursor: SliceCursor) {
    this.#cursor = cursor
  }

  next(): IteratorResult<ConsumerRecord> {
    return this.#cursor.next()
      ? { done: false, value: new FetchedRecord(this.#cursor) }
      : { done: true, value: undefined }
  }

  [Symbol.iterator](): this {
    return this
  }
}

/** A batch cursor that goes from slice to slice. */
class SliceCursor extends RecordBatchCursor implements RecordCursor {
  topic = ''
  partition = -1
  readonly #slices: readonly RecordSlice[]
  #nextSlice = 0
  #left = 0

  constructor(slices: readonly RecordSlice[]) {
    super()
    this.#slices = slices
  }

  override next(): boolean {
    if (this.#left === 0 && !this.#openNext()) return false
    this.#left--
    return super.next()
  }

  #openNext(): boolean {
    const slice = this.#slices[this.#nextSlice]
    if (slice === undefined) return false
    this.#nextSlice++
    const { at, chunk, batchStart, recordIndex, recordStart, count } = slice
    this.topic = at.topic
    this.partition = at.partition
    this.#left = count
    this.open(chunk.bytes, batchStart, recordIndex, recordStart)
    return true
  }
}
