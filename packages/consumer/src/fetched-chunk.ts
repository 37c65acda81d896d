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
  }

  static ofSize(sizeBytes: number): FetchedChunk {
    return new FetchedChunk(Buffer.allocUnsafeSlow(sizeBytes))
  }
}

/** So many chunks wait to be used again. */
const MAX_FREE_CHUNKS = 4

/** Gives chunks out, and takes back those that no record lies in any more. */
export class ChunkPool {
  /** The size of the chunks that are used again. */
  readonly #chunkBytes: number
  readonly #free: FetchedChunk[] = []

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes
  }

  /** A chunk for `availableBytes`, but no larger than needed, nor than a normal chunk. */
  take(availableBytes: number): FetchedChunk {
    const free = this.#free.pop()
    if (free !== undefined) return free
    return FetchedChunk.ofSize(Math.min(this.#chunkBytes, availableBytes))
  }

  /** A chunk for a batch that is larger than a normal chunk. */
  takeLarge(sizeBytes: number): FetchedChunk {
    return FetchedChunk.ofSize(sizeBytes)
  }

  giveBack(chunk: FetchedChunk): void {
    if (chunk.isKept || chunk.bytes.length !== this.#chunkBytes) return
    if (this.#free.length < MAX_FREE_CHUNKS) this.#free.push(chunk)
  }
}
