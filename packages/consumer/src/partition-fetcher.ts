import {
  BATCH_ALIGNMENT_BYTES,
  READ_NEEDS_LARGER_TARGET,
  READ_NEEDS_LOAD,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  RecordBatchCursor,
  RecordBatchHeader,
  ReadResult,
  alignUp,
  type OpenPartition,
  type ReadStatus,
  type TopicPartition,
} from '@ringlog/core/internal'
import { decompressedBatch } from './decompressed-batch.ts'
import type { ChunkPool, FetchedChunk } from './fetched-chunk.ts'
import type { RecordSlice } from './slice-cursor.ts'

/**
 * Reads one partition: copies batches from its log into chunks, and gives their records, to be handed
 * out, from `position` on.
 *
 * Chunks of the last poll are kept until the next: a `seek` back to a record that was just handed out
 * finds it here, even if the ring has overwritten it by then; but not if it was deleted.
 */
export class PartitionFetcher {
  readonly at: TopicPartition
  readonly open: OpenPartition
  readonly #pool: ChunkPool
  readonly #onLoaded: () => void
  readonly #result = new ReadResult()
  readonly #header = new RecordBatchHeader()
  readonly #cursor = new RecordBatchCursor()
  /** In offset order; those before `#chunkIndex` are taken. */
  #chunks: FetchedChunk[] = []
  #chunkIndex = 0
  /** Left behind by a seek; records of the last poll may still lie in them. */
  #retired: FetchedChunk[] = []
  /** Where the next batch starts in the current chunk. */
  #batchStart = 0
  /** The next record within that batch; index 0 until part of it is handed out. */
  #recordIndex = 0
  #recordStart = 0
  /** The current batch, decompressed; `null` where it is not compressed, or not looked at yet. */
  #decompressed: FetchedChunk | null = null
  #position: number
  #hasPosition: boolean
  #lastTakenOffset = -1
  /** The load that is waited for; one from before a seek is not. */
  #loading: object | null = null
  /** The last load has failed, and no `take` has thrown that yet. */
  #failedLoad: { readonly error: unknown } | null = null

  /**
   * @param hasPosition Whether to start at `open.startOffset`; else a seek says where.
   * @param onLoaded Called when a load has ended.
   */
  constructor(open: OpenPartition, pool: ChunkPool, hasPosition: boolean, onLoaded: () => void) {
    this.at = { topic: open.topic, partition: open.partition }
    this.open = open
    this.#pool = pool
    this.#onLoaded = onLoaded
    this.#position = open.startOffset
    this.#hasPosition = hasPosition
  }

  /** The offset of the next record to take. */
  get position(): number {
    return this.#position
  }

  /** The offset of the record that was taken last; -1: none. */
  get lastTakenOffset(): number {
    return this.#lastTakenOffset
  }

  get hasPosition(): boolean {
    return this.#hasPosition
  }

  /** Whether `take` may find records now, or has another outcome than `TAKEN`; not while it waits for a load. */
  get hasAvailable(): boolean {
    if (!this.#hasPosition || this.#chunkIndex < this.#chunks.length) return true
    if (this.isLoading) return false
    return this.#failedLoad !== null || this.open.reader.availableBytes(this.#position) > 0
  }

  /** Whether a load is under way that has to end before more can be taken. */
  get isLoading(): boolean {
    return this.#loading !== null
  }

  /** Goes on from `offset`, which need not be within the log. */
  seek(offset: number): void {
    this.#position = offset
    this.#hasPosition = true
    this.#loading = null
    this.#failedLoad = null
    this.#recordIndex = 0
    this.#batchStart = 0
    this.#decompressed = null
    const index = this.#chunks.findIndex(
      ({ firstOffset, nextOffset }) => firstOffset <= offset && offset < nextOffset,
    )
    if (index >= 0) {
      this.#chunkIndex = index
      return
    }
    this.#dropChunks()
  }

  /** Gives up what was copied: the position is not in it, or it was deleted since. */
  #dropChunks(): void {
    this.#retired.push(...this.#chunks)
    this.#chunks = []
    this.#chunkIndex = 0
    this.#batchStart = 0
    this.#recordIndex = 0
    this.#decompressed = null
  }

  /** A new poll begins: what the last one handed out is given back. */
  recycle(): void {
    for (const chunk of this.#retired) this.#pool.giveBack(chunk)
    for (let i = 0; i < this.#chunkIndex; i++) this.#pool.giveBack(this.#chunks[i]!)
    this.#retired = []
    if (this.#chunkIndex > 0) this.#chunks.splice(0, this.#chunkIndex)
    this.#chunkIndex = 0
  }

  /**
   * Takes records from the position on, into `slices`. A batch counts with the bytes that it has in
   * the log, or decompressed, where those are more: what a poll hands out is held in memory whole.
   *
   * @throws RinglogError CORRUPT_MESSAGE, UNSUPPORTED_COMPRESSION_TYPE: what was taken before stays
   *   taken, and the position is at the batch. What a load has failed with, where nothing was taken.
   */
  take(budget: TakeBudget, slices: RecordSlice[]): TakeOutcome {
    if (!this.#hasPosition) return NO_POSITION
    if (this.#position < this.open.reader.deletedBefore) this.#dropChunks()
    let isFirstBatch = slices.length === 0
    while (budget.records > 0) {
      const chunk = this.#chunks[this.#chunkIndex]
      if (chunk === undefined) {
        if (this.#failedLoad !== null) {
          if (slices.length > 0) return TAKEN
          const { error } = this.#failedLoad
          this.#failedLoad = null
          throw error
        }
        const status = this.isLoading ? READ_NEEDS_LOAD : this.#fetch()
        if (status === READ_OK) continue
        if (status === READ_NEEDS_LOAD) return NEEDS_LOAD
        return status === READ_OUT_OF_RANGE ? OUT_OF_RANGE : TAKEN
      }
      if (this.#batchStart >= chunk.usedBytes) {
        this.#chunkIndex++
        this.#batchStart = 0
        continue
      }
      const header = this.#header.wrap(chunk.bytes, this.#batchStart)
      const sizeBytes = alignUp(header.sizeBytes, BATCH_ALIGNMENT_BYTES)
      const nextOffset = header.lastOffset + 1
      const { recordsCount } = header
      // Markers have offsets, and are never handed out; compaction leaves batches without records; and a chunk may
      // begin before the position.
      if (header.isControl || recordsCount === 0 || nextOffset <= this.#position) {
        this.#position = Math.max(this.#position, nextOffset)
        this.#leaveBatch(sizeBytes)
        continue
      }
      const isLimited = sizeBytes > budget.partitionBytes || sizeBytes > budget.totalBytes
      if (isLimited && !isFirstBatch) return TAKEN
      // Where compaction has left offsets out, the last record is found by a walk.
      const isDense = header.lastOffsetDelta === recordsCount - 1
      const isWhole = isDense && this.#recordIndex === 0 && header.baseOffset >= this.#position
      let memory = chunk
      let start = this.#batchStart
      let compressed: RecordSlice['compressed'] = null
      let heldBytes = sizeBytes
      if (header.compressionType !== 0) {
        this.#decompressed ??= decompressedBatch(this.at, chunk.bytes, start, header)
        compressed = { chunk, batchStart: start }
        memory = this.#decompressed
        start = 0
        heldBytes = Math.max(sizeBytes, memory.bytes.length)
        const passesLimit = heldBytes > budget.partitionBytes || heldBytes > budget.totalBytes
        if (passesLimit && !isFirstBatch) return TAKEN
      }
      if (isWhole && recordsCount <= budget.records) {
        this.#addSlice(memory, start, recordsCount, 0, 0, budget, slices, compressed)
        this.#lastTakenOffset = nextOffset - 1
        this.#position = nextOffset
      } else if (!this.#takePart(memory, start, nextOffset, budget, slices, compressed)) {
        return TAKEN
      }
      this.#leaveBatch(sizeBytes)
      budget.partitionBytes -= heldBytes
      budget.totalBytes -= heldBytes
      isFirstBatch = false
    }
    return TAKEN
  }

  /** Loads what `take` needs, while the thread goes on; without effect where that is under way. */
  load(): void {
    if (!this.isLoading) void this.#load()
  }

  /** As `load`, but blocks: see `LogReader.loadSync`. @throws What it fails with. */
  loadSync(): boolean {
    this.#loading = null
    return this.open.reader.loadSync(this.#position)
  }

  async #load(): Promise<void> {
    const loading = {}
    this.#loading = loading
    let failed: { readonly error: unknown } | null = null
    try {
      await this.open.reader.load(this.#position)
    } catch (error) {
      failed = { error }
    }
    if (this.#loading !== loading) return
    this.#loading = null
    this.#failedLoad = failed
    this.#onLoaded()
  }

  #leaveBatch(sizeBytes: number): void {
    this.#batchStart += sizeBytes
    this.#recordIndex = 0
    this.#decompressed = null
  }

  /** Takes records from within the current batch; returns whether that was the rest of it. */
  #takePart(
    memory: FetchedChunk,
    batchStart: number,
    nextOffset: number,
    budget: TakeBudget,
    slices: RecordSlice[],
    compressed: RecordSlice['compressed'],
  ): boolean {
    const cursor = this.#cursor
    cursor.open(memory.bytes, batchStart, this.#recordIndex, this.#recordStart)
    this.#skipToPosition(cursor, batchStart)
    const count = Math.min(cursor.remaining, budget.records)
    if (count > 0) {
      const { nextIndex, nextStart } = cursor
      this.#addSlice(memory, batchStart, count, nextIndex, nextStart, budget, slices, compressed)
      for (let i = 1; i < count; i++) cursor.skip()
      cursor.next()
      this.#lastTakenOffset = cursor.offset
    }
    const isRest = cursor.remaining === 0
    this.#position = isRest ? nextOffset : cursor.offset + 1
    this.#recordIndex = cursor.nextIndex
    this.#recordStart = cursor.nextStart
    return isRest
  }

  /** Leaves the cursor before the first record at or after the position. */
  #skipToPosition(cursor: RecordBatchCursor, batchStart: number): void {
    for (;;) {
      const index = cursor.nextIndex
      const start = cursor.nextStart
      if (!cursor.next()) return
      if (cursor.offset < this.#position) continue
      cursor.open(cursor.bytes, batchStart, index, start)
      return
    }
  }

  #addSlice(
    chunk: FetchedChunk,
    batchStart: number,
    count: number,
    recordIndex: number,
    recordStart: number,
    budget: TakeBudget,
    slices: RecordSlice[],
    compressed: RecordSlice['compressed'],
  ): void {
    slices.push({ at: this.at, chunk, batchStart, recordIndex, recordStart, count, compressed })
    budget.records -= count
  }

  /** Copies the next batches from the log into a chunk. */
  #fetch(): ReadStatus {
    const { reader } = this.open
    const result = this.#result
    const availableBytes = reader.availableBytes(this.#position)
    if (availableBytes === 0 && this.#position >= reader.logStartOffset) return READ_NOTHING_NEW
    let chunk = this.#pool.take(Math.max(availableBytes, MIN_CHUNK_BYTES))
    reader.read(this.#position, chunk.bytes, result)
    while (result.status === READ_NEEDS_LARGER_TARGET) {
      this.#pool.giveBack(chunk)
      chunk = this.#pool.takeLarge(result.requiredBytes)
      reader.read(this.#position, chunk.bytes, result)
    }
    if (result.status !== READ_OK) {
      this.#pool.giveBack(chunk)
      return result.status
    }
    chunk.usedBytes = result.copiedBytes
    chunk.firstOffset = this.#position
    chunk.nextOffset = result.nextOffset
    chunk.isKept = false
    this.#chunks.push(chunk)
    this.#chunkIndex = this.#chunks.length - 1
    this.#batchStart = 0
    this.#recordIndex = 0
    return READ_OK
  }
}

/** The smallest target that a log reader takes. */
const MIN_CHUNK_BYTES = 64

/** Everything up to the limits was taken, or there is nothing more now. */
export const TAKEN = 0
/** The position is not within the log: it must be reset before more can be taken. */
export const OUT_OF_RANGE = 1
/** There is no position yet: it must be sought. */
export const NO_POSITION = 2
/** What comes next lies on disk: it must be loaded before more can be taken. */
export const NEEDS_LOAD = 3
export type TakeOutcome =
  typeof TAKEN | typeof OUT_OF_RANGE | typeof NO_POSITION | typeof NEEDS_LOAD

/** How much a `take` may still take; it counts down what it took. */
export interface TakeBudget {
  records: number
  /** Of this partition; the first batch is taken whatever its size. */
  partitionBytes: number
  /** Of the whole poll; the first batch is taken whatever its size. */
  totalBytes: number
}
