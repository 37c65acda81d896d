import { markAsUntransferable } from 'node:worker_threads'

/**
 * Private memory with record batches copied from a log. Nothing overwrites it while a record
 * may lie in it: it is used again only if the polls over it were walked by cursors alone.
 */
export class FetchedChunk {
  readonly bytes: Buffer
  /** Bytes of whole batches in it. */
  usedBytes = 0
  /** The offset that its first batch was read for, and the one after its last. */
  firstOffset = 0
  nextOffset = 0
  /** A record was made from it, or may still be: it is left to the garbage collector. */
  isKept = false

  constructor(bytes: Buffer) {
    this.bytes = bytes
    // A key or value that is transferred to a thread would take along the memory of all records beside it, handed out
    // or not: Node.js refuses that with a DataCloneError.
    markAsUntransferable(bytes.buffer)
  }

  static ofSize(sizeBytes: number): FetchedChunk {
    return new FetchedChunk(Buffer.allocUnsafeSlow(sizeBytes))
  }
}

/** The smallest chunk that is used again. */
const MIN_REUSED_BYTES = 16 * 1024

/** Chunks that wait to be used again take as much as so many normal ones at most, together. */
const MAX_FREE_CHUNKS = 32

/**
 * Gives chunks out, and takes back those that no record lies in any more.
 *
 * While they do come back, chunks have sizes of powers of two, so that they fit again: where each poll took new memory,
 * V8 would collect all of the thread's garbage every few polls. While they do not, since records are kept that lie in
 * them, they are no larger than what is read. As many wait as one poll has taken, up to a limit.
 */
export class ChunkPool {
  /** The size of a normal chunk: the largest that is taken for batches smaller than that. */
  readonly #chunkBytes: number
  readonly #maxFreeBytes: number
  /** Those that wait, by the power of two that their size is at least. */
  readonly #free: FetchedChunk[][] = []
  #freeBytes = 0
  /** The chunk that came back last can be used again. */
  #comeBack = false

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes
    this.#maxFreeBytes = MAX_FREE_CHUNKS * chunkBytes
  }

  /** A chunk for `availableBytes`, or for a part of them where those are more than a normal chunk has. */
  take(availableBytes: number): FetchedChunk {
    return this.takeLarge(Math.min(this.#chunkBytes, availableBytes))
  }

  /** A chunk of at least that size, also where that is more than a normal chunk has. */
  takeLarge(sizeBytes: number): FetchedChunk {
    for (let power = powerFor(sizeBytes); power < this.#free.length; power++) {
      const chunk = this.#free[power]?.pop()
      if (chunk === undefined) continue
      this.#freeBytes -= chunk.bytes.length
      return chunk
    }
    const fitsAgain = this.#comeBack && sizeBytes <= this.#maxFreeBytes
    return FetchedChunk.ofSize(fitsAgain ? 2 ** powerFor(sizeBytes) : sizeBytes)
  }

  giveBack(chunk: FetchedChunk): void {
    this.#comeBack = !chunk.isKept
    const sizeBytes = chunk.bytes.length
    if (!this.#comeBack || sizeBytes < MIN_REUSED_BYTES) return
    if (this.#freeBytes + sizeBytes > this.#maxFreeBytes) return
    const power = 31 - Math.clz32(sizeBytes)
    ;(this.#free[power] ??= []).push(chunk)
    this.#freeBytes += sizeBytes
  }
}

/** The power of two that is at least a size, and what is used again. */
function powerFor(sizeBytes: number): number {
  return 32 - Math.clz32(Math.max(sizeBytes, MIN_REUSED_BYTES) - 1)
}
