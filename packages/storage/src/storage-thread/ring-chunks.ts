import {
  READ_NEEDS_LARGER_TARGET,
  READ_NOTHING_NEW,
  READ_OK,
  ReadResult,
  RingLogReader,
  RinglogError,
} from '@ringlog/core/internal/storage'
import type { ChunkBuffer } from './chunk-buffer.ts'

/**
 * Reads all that is published in a ring, a chunk of whole batches at a time.
 *
 * Thread: the storage thread's.
 */
export class RingChunks {
  readonly #reader: RingLogReader
  readonly #result = new ReadResult()
  readonly #chunk: ChunkBuffer

  constructor(memory: SharedArrayBuffer, chunk: ChunkBuffer) {
    this.#reader = new RingLogReader(memory, 'published')
    this.#chunk = chunk
  }

  /** Where what was read last begins in the ring: a byte position. */
  get position(): number {
    return this.#reader.readPosition
  }

  /** Whether there may be batches from an offset on; `false` where the last read has ended there, and none came. */
  mayHave(offset: number): boolean {
    return this.#reader.availableBytes(offset) > 0
  }

  /**
   * Fills the chunk with whole batches, as the ring has them; gives how many bytes they take, 0: there are none.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where the ring does not have the offset; CORRUPT_MESSAGE.
   */
  read(offset: number): number {
    const result = this.#result
    this.#reader.read(offset, this.#chunk.bytes, result)
    if (result.status === READ_NEEDS_LARGER_TARGET) {
      this.#chunk.grow(result.requiredBytes)
      this.#reader.read(offset, this.#chunk.bytes, result)
    }
    if (result.status === READ_OK) return result.copiedBytes
    if (result.status === READ_NOTHING_NEW) return 0
    throw new RinglogError(
      'KAFKA_STORAGE_ERROR',
      `the ring does not go on where the files end: fileEndOffset=${offset}, ` +
        `ringStartOffset=${this.#reader.logStartOffset}, ringEndOffset=${this.#reader.endOffset}`,
    )
  }
}
