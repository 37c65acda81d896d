import {
  BASE_OFFSET_BYTE,
  BATCH_ALIGNMENT_BYTES,
  BATCH_HEADER_BYTES,
  CRC_BYTE,
  LAST_OFFSET_DELTA_BYTE,
  MAGIC_BYTE,
  MAGIC_V2,
  READ_NEEDS_LARGER_TARGET,
  READ_OK,
  alignUp,
  batchSizeAt,
  copyBytes,
  readInt32,
  readInt64,
  type ReadResult,
} from '@ringlog/core/internal/storage'
import { crcOfBatch } from '../segment/batch-crc.ts'
import { SegmentFault } from './segment-fault.ts'

/** A place in a log's files: the segment, and where in its `.log`. */
export interface FilePlace {
  readonly baseOffset: number
  readonly filePosition: number
  /**
   * The last offset of the batch there, as an index says, or a later one; `null`: no index says anything of it. An index
   * may be damaged: then the batch that is asked for lies before.
   */
  readonly indexedOffset: number | null
  /** How often files of the log had been swapped when it was found: after another swap it is none (INV-150). */
  readonly swaps: number
}

/** What `DiskChunk.keep` answers: batches are kept. */
export const KEEPS_SOME = -1
/** What `DiskChunk.keep` answers: there is no batch to keep, in this segment or another. */
export const KEEPS_NOTHING = -2

/** What was read into a chunk. */
export interface ReadBytes {
  readonly path: string
  /** Where in the log the first byte comes from. */
  readonly place: FilePlace
  /** Bytes that were read. */
  readonly length: number
  /** The first batch to keep is the one that holds this. */
  readonly offset: number
  /** No batch is kept that starts here, or after it. */
  readonly upTo: number
  /** The high watermark, loaded after they were read: compaction may have got so far meanwhile. */
  readonly highWatermark: number
}

/**
 * Batches of one segment, back to back as in its file, each held against its CRC.
 *
 * Thread: the reader's.
 */
export class DiskChunk {
  bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  #firstOffset = 0
  #nextOffset = 0
  #next: FilePlace = { baseOffset: 0, filePosition: 0, indexedOffset: null, swaps: 0 }
  #startByte = 0
  #endByte = 0
  /** Where the batch of `#knownOffset` starts: reading on needs no search. */
  #knownOffset = 0
  #knownByte = 0

  /** The offset after its last batch. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** Where in `bytes` that ends. */
  get endByte(): number {
    return this.#endByte
  }

  /** Where in the log's files that goes on. */
  get next(): FilePlace {
    return this.#next
  }

  /** Whether a read from `offset` finds its batch here. */
  has(offset: number): boolean {
    return this.#firstOffset <= offset && offset < this.#nextOffset
  }

  /** Makes room for a batch that is larger than the chunk. */
  grow(sizeBytes: number): void {
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes)
  }

  /**
   * Keeps the whole batches of what was read into `bytes`, from that of `offset` on; and none that is damaged, nor
   * one after it.
   *
   * @returns How many bytes come before the first batch that might be kept; `KEEPS_SOME`; `KEEPS_NOTHING`: the next
   *   batch starts at `upTo`, or after it.
   * @throws SegmentFault where the first one is damaged.
   */
  keep({ path, place, length, offset, upTo, highWatermark }: ReadBytes): number {
    const { bytes } = this
    const indexedOffset = place.indexedOffset ?? Infinity
    let isKeeping = false
    let startByte = 0
    let nextOffset = place.baseOffset
    let at = 0
    if (place.indexedOffset !== null && length < BATCH_HEADER_BYTES) {
      throw new SegmentFault(path, place.filePosition, 'no batch is there', { indexedOffset })
    }
    // INV-140: what lies past the end that the reader knows may be half written, its header, too.
    while (length - at >= BATCH_HEADER_BYTES && nextOffset < upTo) {
      const sizeBytes = batchSizeAt(bytes, at)
      const baseOffset = readInt64(bytes, at + BASE_OFFSET_BYTE)
      const lastOffset = baseOffset + readInt32(bytes, at + LAST_OFFSET_DELTA_BYTE)
      // Compaction may leave nothing from there up to `upTo`.
      const isPast = baseOffset >= upTo && lastOffset < highWatermark
      const isNext =
        nextOffset <= baseOffset && baseOffset <= lastOffset && (baseOffset < upTo || isPast)
      if (bytes[at + MAGIC_BYTE] !== MAGIC_V2 || sizeBytes < BATCH_HEADER_BYTES || !isNext) {
        if (isKeeping) break
        const facts = { sizeBytes, baseOffset, lastOffset }
        throw new SegmentFault(path, place.filePosition + at, 'no batch has this header', facts)
      }
      if (isPast && isKeeping) break
      if (at === 0 && lastOffset > indexedOffset) {
        const facts = { lastOffset, indexedOffset }
        throw new SegmentFault(path, place.filePosition, 'the index says another batch', facts)
      }
      if (lastOffset >= offset) {
        if (at + sizeBytes > length) break
        const crc = readInt32(bytes, at + CRC_BYTE) >>> 0
        if (crc !== crcOfBatch(bytes, at, sizeBytes)) {
          if (isKeeping) break
          const facts = { baseOffset, lastOffset, crc }
          throw new SegmentFault(path, place.filePosition + at, 'the CRC is another', facts)
        }
        if (isPast) return KEEPS_NOTHING
        if (!isKeeping) startByte = at
        isKeeping = true
      }
      nextOffset = lastOffset + 1
      at += sizeBytes
    }
    if (!isKeeping) return at
    this.#firstOffset = offset
    this.#nextOffset = nextOffset
    this.#next = { ...place, filePosition: place.filePosition + at, indexedOffset: null }
    this.#startByte = startByte
    this.#endByte = at
    this.#knownOffset = offset
    this.#knownByte = startByte
    return KEEPS_SOME
  }

  /** Copies batches from that of `offset` on, which `has`, as `LogReader.read`. */
  copy(offset: number, target: Uint8Array, result: ReadResult): void {
    const { bytes } = this
    let copiedBytes = 0
    let at = this.byteOf(offset)
    while (at < this.#endByte) {
      const sizeBytes = batchSizeAt(bytes, at)
      const alignedBytes = alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES)
      if (copiedBytes + alignedBytes > target.length) {
        if (copiedBytes > 0) break
        result.status = READ_NEEDS_LARGER_TARGET
        result.requiredBytes = alignedBytes
        return
      }
      copyBytes(bytes, at, target, copiedBytes, sizeBytes)
      result.nextOffset = this.#offsetAfter(at)
      copiedBytes += alignedBytes
      at += sizeBytes
    }
    result.status = READ_OK
    result.copiedBytes = copiedBytes
    this.#knownOffset = result.nextOffset
    this.#knownByte = at
  }

  /** Where in `bytes` the batch of `offset` starts, or the next one; where they end, after the last. */
  byteOf(offset: number): number {
    if (offset === this.#knownOffset) return this.#knownByte
    let at = this.#startByte
    while (at < this.#endByte && this.#offsetAfter(at) <= offset) at += batchSizeAt(this.bytes, at)
    return at
  }

  #offsetAfter(at: number): number {
    const baseOffset = readInt64(this.bytes, at + BASE_OFFSET_BYTE)
    return baseOffset + readInt32(this.bytes, at + LAST_OFFSET_DELTA_BYTE) + 1
  }
}

/** What is read at a time. */
const CHUNK_BYTES = 1024 * 1024
