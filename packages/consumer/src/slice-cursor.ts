import { RecordBatchCursor, type TopicPartition } from '@ringlog/core/internal'
import type { FetchedChunk } from './fetched-chunk.ts'

/**
 * Walks a poll's records without allocating: `next` moves the fields to the next record.
 *
 * `bytes` is borrowed until the next poll.
 */
export interface RecordCursor {
  /** Moves to the next record; `false` where there is none. */
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
  /** Where the batch lies as it came, and starts there, compressed; `null`: that is the chunk. */
  readonly compressed: { readonly chunk: FetchedChunk; readonly batchStart: number } | null
}

/** A batch cursor that goes from slice to slice. */
export class SliceCursor extends RecordBatchCursor implements RecordCursor {
  /** Of a chunk. */
  declare bytes: Buffer
  /** The partition of the current record: the same object for all of a partition's records. */
  at: TopicPartition | null = null
  topic = ''
  partition = -1
  readonly #slices: readonly RecordSlice[]
  #nextSlice = 0

  constructor(slices: readonly RecordSlice[]) {
    super()
    this.#slices = slices
  }

  /** What comes after the slice of the current record. */
  get unopened(): readonly RecordSlice[] {
    return this.#slices.slice(this.#nextSlice)
  }

  protected override openNext(): boolean {
    const slice = this.#slices[this.#nextSlice]
    if (slice === undefined) return false
    this.#nextSlice++
    const { at, chunk, batchStart, recordIndex, recordStart, count } = slice
    this.at = at
    this.topic = at.topic
    this.partition = at.partition
    this.open(chunk.bytes, batchStart, recordIndex, recordStart, count)
    return true
  }
}
