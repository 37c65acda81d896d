import { BATCH_HEADER_BYTES, MAGIC_V2, RecordBatchHeader } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { readFully } from '../file-system/small-files.ts'
import { crcOfBatch } from './batch-crc.ts'

const CHUNK_BYTES = 1024 * 1024

/**
 * - `"whole"`: reads all of each batch, and holds its CRC against its bytes.
 * - `"headers"`: trusts what follows a header, and does not read it where it is long.
 */
export type ScanDepth = 'whole' | 'headers'

/**
 * Goes through the batches of a `.log` file, and stops at the first that cannot be one.
 *
 * Thread: any. Blocks while it reads. One scanner is used for file after file.
 */
export class BatchScanner {
  readonly #fileSystem: FileSystem
  /** Grows to what a chunk, or a batch, takes. */
  #bytes = new Uint8Array(0)
  #descriptor = -1
  #depth: ScanDepth = 'whole'
  /** What of the file is in `#bytes`: from `#chunkStart` on, so many bytes. */
  #chunkStart = 0
  #chunkBytes = 0
  #filePosition = 0
  #endPosition = 0
  #sizeBytes = 0
  #fault: string | null = null

  /** The batch that `next` has come to. */
  readonly header: RecordBatchHeader = new RecordBatchHeader()

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem
  }

  /** Starts before the batch at `filePosition`; `endPosition` is where the file ends. */
  start(descriptor: number, filePosition: number, endPosition: number, depth: ScanDepth): void {
    this.#descriptor = descriptor
    this.#depth = depth
    this.#chunkStart = filePosition
    this.#chunkBytes = 0
    this.#filePosition = filePosition
    this.#endPosition = endPosition
    this.#sizeBytes = 0
    this.#fault = null
  }

  /** Goes to the next batch; `false`: the file ends here, or `fault` says why there is none. */
  next(): boolean {
    this.#filePosition += this.#sizeBytes
    this.#sizeBytes = 0
    const rest = this.#endPosition - this.#filePosition
    if (rest === 0) return false
    if (rest < BATCH_HEADER_BYTES || !this.#load(BATCH_HEADER_BYTES)) {
      return this.#stop(`the file ends within the header of a batch: restBytes=${rest}`)
    }
    const { sizeBytes, magic } = this.header.wrap(this.#bytes, this.byteIndex)
    if (sizeBytes < BATCH_HEADER_BYTES || sizeBytes > rest) {
      return this.#stop(`no batch has this length here: sizeBytes=${sizeBytes}, restBytes=${rest}`)
    }
    if (magic !== MAGIC_V2) return this.#stop(`another magic than 2: magic=${magic}`)
    const { baseOffset, lastOffsetDelta } = this.header
    if (baseOffset < 0 || lastOffsetDelta < 0) {
      return this.#stop(`no such offsets: baseOffset=${baseOffset}, delta=${lastOffsetDelta}`)
    }
    if (this.#depth === 'whole') {
      if (!this.#load(sizeBytes)) return this.#stop('the file is shorter than its size')
      const crc = crcOfBatch(this.#bytes, this.byteIndex, sizeBytes)
      const saysCrc = this.header.wrap(this.#bytes, this.byteIndex).crc
      if (crc !== saysCrc) return this.#stop(`the CRC is not that of the batch: crc=${saysCrc}`)
    }
    this.#sizeBytes = sizeBytes
    return true
  }

  /** Why `next` has stopped; `null`: it came to the end, or has not stopped. */
  get fault(): string | null {
    return this.#fault
  }

  /** Where in the file the batch starts; after the last `next`, where the good batches end. */
  get filePosition(): number {
    return this.#filePosition
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** What holds the batch, all of it where the depth is `"whole"`. Borrowed until the next call. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Where in `bytes` the batch starts. */
  get byteIndex(): number {
    return this.#filePosition - this.#chunkStart
  }

  #stop(fault: string): false {
    this.#fault = fault
    return false
  }

  /** Has `length` bytes of the batch in memory; `false`: the file ends before. */
  #load(length: number): boolean {
    if (this.byteIndex + length <= this.#chunkBytes) return true
    const rest = this.#endPosition - this.#filePosition
    const needed = Math.max(length, Math.min(CHUNK_BYTES, rest))
    if (needed > this.#bytes.length) this.#bytes = new Uint8Array(needed)
    this.#chunkStart = this.#filePosition
    this.#chunkBytes = readFully(
      this.#fileSystem,
      this.#descriptor,
      this.#bytes,
      0,
      Math.min(this.#bytes.length, rest),
      this.#filePosition,
    )
    return this.#chunkBytes >= length
  }
}
