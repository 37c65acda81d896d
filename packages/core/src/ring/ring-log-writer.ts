import { copyBytes } from '../concurrent/copy-bytes.ts'
import {
  BASE_OFFSET_BYTE,
  LAST_OFFSET_DELTA_BYTE,
  MAX_TIMESTAMP_BYTE,
  NONE,
  batchSizeAt,
  readInt32,
  readInt64,
  writeInt64,
} from '../record/record-batch-format.ts'
import { RingLogIndexWriter } from './ring-log-index-writer.ts'
import {
  BATCH_ALIGNMENT_BYTES,
  BLOCKED_WORD,
  DELETED_BEFORE_WORD,
  END_POSITION_WORD,
  LOG_START_OFFSET_WORD,
  LOG_START_POSITION_WORD,
  MARKER_RESERVE_BYTES,
  RELEASED_UP_TO_WORD,
  STORED_IN_MEMORY,
  alignUp,
  maxBatchBytesOf,
  openRingLogSections,
  storageKindOf,
} from './ring-log-layout.ts'

/** The steps of a writer between two of which memory is half changed: see `PARTITION_WORKER_STEPS`. */
type WriterStep = 'afterCopy' | 'whileEvicting'

/** Bytes of a page, for touching. */
const PAGE_BYTES = 4096

/**
 * Appends batches to a partition's ring, and evicts the oldest to make room.
 *
 * Thread: the partition worker alone (INV-1); a successor may open the same memory after it has
 * died, and goes on from what was published. Nothing here blocks; nothing is allocated but the small
 * numbers that 64-bit atomics need.
 */
export class RingLogWriter {
  readonly ringBytes: number
  /** The largest batch that fits, in bytes. */
  readonly maxBatchBytes: number
  readonly #words: BigInt64Array
  readonly #data: Uint8Array
  readonly #mask: number
  readonly #isOnDisk: boolean
  readonly #index: RingLogIndexWriter
  readonly #onStep: (step: WriterStep) => void
  #startPosition: number
  #logStartOffset: number
  #endPosition: number
  #endOffset: number
  #isBlocked = false
  /** Of the batch that `#after` last looked at; -1 for a pad marker. */
  #nextOffset = NONE
  #maxTimestamp = NONE

  /** @throws RinglogError LAYOUT_MISMATCH when `memory` is no ring log of this layout. */
  constructor(memory: SharedArrayBuffer)
  /**
   * The same, for a thread in which faults are injected.
   *
   * @param onStep Called in the middle of each append and eviction.
   * @internal
   */
  constructor(memory: SharedArrayBuffer, onStep: (step: WriterStep) => void)
  constructor(memory: SharedArrayBuffer, onStep: (step: WriterStep) => void = () => undefined) {
    this.#onStep = onStep
    const sections = openRingLogSections(memory)
    this.ringBytes = sections.ringBytes
    this.maxBatchBytes = maxBatchBytesOf(sections.ringBytes)
    this.#mask = sections.ringBytes - 1
    this.#isOnDisk = storageKindOf(memory) !== STORED_IN_MEMORY
    this.#words = new BigInt64Array(memory, 0, sections.dataByte / 8)
    this.#data = new Uint8Array(memory, sections.dataByte, sections.ringBytes)

    // What a predecessor published counts, and nothing else (INV-4). On new memory all is 0.
    this.#endPosition = Number(Atomics.load(this.#words, END_POSITION_WORD)) // INV-4
    this.#startPosition = Number(Atomics.add(this.#words, LOG_START_POSITION_WORD, 0n)) // INV-3
    this.#logStartOffset = Number(Atomics.load(this.#words, LOG_START_OFFSET_WORD)) // INV-6
    this.#index = new RingLogIndexWriter(this.#words, sections.indexEntries)
    this.#endOffset = this.#recoverEnd()
    this.#finishDeletion()
    Atomics.store(this.#words, BLOCKED_WORD, 0n) // INV-9: no append waits here yet
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** The first offset that is still in the log. */
  get logStartOffset(): number {
    return this.#logStartOffset
  }

  /** The offset below which some holder of a gate that is closed by now had released everything. */
  get releasedUpTo(): number {
    return Number(Atomics.load(this.#words, RELEASED_UP_TO_WORD))
  }

  /** A gate is closed. Nothing but warnings and counts of what nobody has read goes by this. */
  noteReleased(offset: number): void {
    if (offset > this.releasedUpTo) {
      Atomics.store(this.#words, RELEASED_UP_TO_WORD, BigInt(offset))
    }
  }

  /** Where the next batch goes: a byte position, which only grows. */
  get endPosition(): number {
    return this.#endPosition
  }

  /** Where the oldest batch starts: a byte position, which only grows. */
  get startPosition(): number {
    return this.#startPosition
  }

  /** The `endPosition` that there will be once a batch of `sizeBytes` is appended. */
  endPositionAfter(sizeBytes: number): number {
    const size = alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES)
    const tail = this.ringBytes - (this.#endPosition & this.#mask)
    return this.#endPosition + (size > tail ? tail : 0) + size
  }

  /**
   * Writes to every page of the data section once, so that no append pays for the kernel's first
   * touch (1.4 µs a page). A successor's pages were touched, and hold the log.
   */
  touchPages(): void {
    if (this.#endPosition > 0) return
    for (let i = 0; i < this.#data.length; i += PAGE_BYTES) this.#data[i] = 0
  }

  /** Whether a batch of `sizeBytes` fits without overwriting anything that is in the log. */
  hasRoomFor(sizeBytes: number): boolean {
    return this.#neededStart(sizeBytes) <= this.#startPosition
  }

  /**
   * Evicts the oldest batches until one of `sizeBytes` fits, but none that holds an offset of
   * `floorOffset` or above. Returns whether it fits now; what was evicted stays evicted either way.
   */
  makeRoom(sizeBytes: number, floorOffset: number): boolean {
    const neededStart = this.#neededStart(sizeBytes)
    let position = this.#startPosition
    let offset = this.#logStartOffset
    while (position < neededStart && position < this.#endPosition) {
      const next = this.#after(position)
      if (this.#nextOffset > floorOffset) break
      offset = Math.max(offset, this.#nextOffset)
      position = next
    }
    this.#advanceStart(position, offset)
    return position >= neededStart
  }

  /**
   * Evicts the oldest batches whose largest timestamp is below `timestampMs`, up to the first for
   * which that does not hold, but none that holds an offset of `floorOffset` or above. A batch without
   * a timestamp goes with the one after it.
   */
  evictOlderThan(timestampMs: number, floorOffset: number): void {
    let position = this.#startPosition
    let evictedPosition = position
    let offset = this.#logStartOffset
    while (position < this.#endPosition) {
      position = this.#after(position)
      if (this.#nextOffset > floorOffset || this.#maxTimestamp >= timestampMs) break
      if (this.#maxTimestamp === NONE) continue
      evictedPosition = position
      offset = Math.max(offset, this.#nextOffset)
    }
    this.#advanceStart(evictedPosition, offset)
  }

  /**
   * Makes `offset` the log's start, which may lie within a batch: the batch stays, as do its bytes,
   * until all of it is deleted; its records before `offset` are no longer read. Evicts the batches
   * before. At most up to the end of the log; an offset before its start changes nothing.
   */
  deleteBefore(offset: number): void {
    let position = this.#startPosition
    while (position < this.#endPosition) {
      const next = this.#after(position)
      if (this.#nextOffset > offset) break
      position = next
    }
    const startOffset = Math.min(offset, this.#endOffset)
    // What the ring has evicted of a log on disk was there until now, and consumers may have copies.
    const firstOffset = this.#isOnDisk ? this.#deletedBefore : this.#logStartOffset
    if (startOffset > firstOffset) {
      Atomics.store(this.#words, DELETED_BEFORE_WORD, BigInt(startOffset)) // INV-6: before the start
    }
    this.#advanceStart(position, startOffset)
  }

  /**
   * Copies a batch to the end of the log, gives it its offsets and publishes it; returns its base
   * offset. The caller has made room, has validated the batch, and rings the doorbells afterwards.
   *
   * @param batch Private memory; its base offset is overwritten. Copied at full speed where it is
   *   8-byte aligned.
   */
  append(batch: Uint8Array): number {
    const baseOffset = this.#endOffset
    writeInt64(batch, BASE_OFFSET_BYTE, baseOffset)
    this.#write(batch, baseOffset)
    return baseOffset
  }

  /**
   * As `append`, but the batch keeps its offsets: it is a copy of what another log has, which may leave offsets out.
   * Its last one lies at or after the end of this log (INV-185).
   */
  appendCopy(batch: Uint8Array): void {
    this.#write(batch, readInt64(batch, BASE_OFFSET_BYTE))
  }

  #write(batch: Uint8Array, baseOffset: number): void {
    const lastOffsetDelta = readInt32(batch, LAST_OFFSET_DELTA_BYTE)
    const size = alignUp(batch.length, BATCH_ALIGNMENT_BYTES)
    let position = this.#endPosition
    let byteIndex = position & this.#mask
    const tail = this.ringBytes - byteIndex
    if (size > tail) {
      writeInt64(this.#data, byteIndex, NONE)
      position += tail
      byteIndex = 0
    }
    // INV-2: everything below this byte range was evicted, by exchange, before this store.
    copyBytes(batch, 0, this.#data, byteIndex, batch.length)
    this.#onStep('afterCopy')

    this.#index.add(baseOffset, position, readInt64(batch, MAX_TIMESTAMP_BYTE))
    this.#endOffset = baseOffset + lastOffsetDelta + 1
    this.#endPosition = position + size
    Atomics.store(this.#words, END_POSITION_WORD, BigInt(this.#endPosition)) // INV-4: publishes
  }

  /** Tells gate holders that an append waits: one that releases from then on rings the worker. */
  setBlocked(isBlocked: boolean): void {
    if (this.#isBlocked === isBlocked) return
    this.#isBlocked = isBlocked
    Atomics.store(this.#words, BLOCKED_WORD, isBlocked ? 1n : 0n) // INV-9
  }

  /** Where the log must start at the latest for a batch of `sizeBytes` to be appended now. */
  #neededStart(sizeBytes: number): number {
    return this.endPositionAfter(sizeBytes) + MARKER_RESERVE_BYTES - this.ringBytes
  }

  /** Looks at what starts at `position`; returns where the next batch does. */
  #after(position: number): number {
    const byteIndex = position & this.#mask
    const baseOffset = readInt64(this.#data, byteIndex + BASE_OFFSET_BYTE)
    if (baseOffset === NONE) {
      this.#nextOffset = NONE
      this.#maxTimestamp = NONE
      return position + this.ringBytes - byteIndex
    }
    this.#nextOffset = baseOffset + readInt32(this.#data, byteIndex + LAST_OFFSET_DELTA_BYTE) + 1
    this.#maxTimestamp = readInt64(this.#data, byteIndex + MAX_TIMESTAMP_BYTE)
    return position + alignUp(batchSizeAt(this.#data, byteIndex), BATCH_ALIGNMENT_BYTES)
  }

  #advanceStart(position: number, offset: number): void {
    if (offset > this.#logStartOffset) {
      this.#logStartOffset = offset
      Atomics.store(this.#words, LOG_START_OFFSET_WORD, BigInt(offset)) // INV-6: offset first
    }
    if (position === this.#startPosition) return
    this.#onStep('whileEvicting')
    this.#startPosition = position
    Atomics.exchange(this.#words, LOG_START_POSITION_WORD, BigInt(position)) // INV-2
  }

  get #deletedBefore(): number {
    return Number(Atomics.load(this.#words, DELETED_BEFORE_WORD)) // INV-6
  }

  /** A predecessor that died between the two stores of a deletion had said already that it is one (INV-6). */
  #finishDeletion(): void {
    if (this.#deletedBefore > this.#logStartOffset) this.deleteBefore(this.#deletedBefore)
  }

  /** Finds the end offset, and the last index entry, of what is published. */
  #recoverEnd(): number {
    let { position, maxTimestamp } = this.#index.recover(this.#startPosition, this.#endPosition)
    let endOffset = this.#logStartOffset
    while (position < this.#endPosition) {
      position = this.#after(position)
      if (this.#nextOffset !== NONE) endOffset = this.#nextOffset
      maxTimestamp = Math.max(maxTimestamp, this.#maxTimestamp)
    }
    this.#index.resume(maxTimestamp)
    return endOffset
  }
}
