import { BATCH_ALIGNMENT_BYTES, alignUp } from '@ringlog/core/internal'

/**
 * The memory of a producer: buffers of one size, used again and again, and larger ones for records
 * that need them; together never more than `bufferMemoryBytes`.
 *
 * Source: Apache Kafka, `producer/internals/BufferPool.java`; there a caller waits, here it gets `null`.
 */
export class BufferPool {
  readonly totalBytes: number
  readonly #free = new Map<number, ArrayBuffer[]>()
  #freeBytes = 0
  #usedBytes = 0

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes
  }

  /** Bytes that are given out: buffers, and what `reserve` holds. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  get availableBytes(): number {
    return this.totalBytes - this.#usedBytes
  }

  /** A buffer of that size, with anything in it; `null` where it would pass the limit. */
  allocate(sizeBytes: number): ArrayBuffer | null {
    if (sizeBytes > this.availableBytes) return null
    this.#usedBytes += sizeBytes
    const buffer = this.#free.get(sizeBytes)?.pop()
    if (buffer !== undefined) {
      this.#freeBytes -= sizeBytes
      return buffer
    }
    this.#trim()
    return new ArrayBuffer(sizeBytes)
  }

  /** Takes a buffer back. */
  release(buffer: ArrayBuffer): void {
    const sizeBytes = buffer.byteLength
    this.unreserve(sizeBytes)
    const free = this.#free.get(sizeBytes)
    if (free === undefined) this.#free.set(sizeBytes, [buffer])
    else free.push(buffer)
    this.#freeBytes += sizeBytes
  }

  /** Counts bytes that are held elsewhere; `false` where they would pass the limit. */
  reserve(sizeBytes: number): boolean {
    if (sizeBytes > this.availableBytes) return false
    this.#usedBytes += sizeBytes
    this.#trim()
    return true
  }

  /** Also for a buffer that is lost: it went with a thread that ended. */
  unreserve(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes
  }

  /** Drops free buffers until all memory together is within the limit. */
  #trim(): void {
    if (this.#usedBytes + this.#freeBytes <= this.totalBytes) return
    for (const [sizeBytes, buffers] of this.#free) {
      while (this.#usedBytes + this.#freeBytes > this.totalBytes && buffers.pop() !== undefined) {
        this.#freeBytes -= sizeBytes
      }
      if (buffers.length === 0) this.#free.delete(sizeBytes)
    }
  }
}

/**
 * The size of a buffer for so many bytes, a quarter more at most: of four sizes from each power of two to the next, so
 * that the buffers of large records fit again, whatever their sizes.
 */
export function sizeUsedAgain(neededBytes: number): number {
  const step = 2 ** (Math.floor(Math.log2(neededBytes)) - 2)
  return alignUp(neededBytes, Math.max(step, BATCH_ALIGNMENT_BYTES))
}
