/** So much is read from a ring and written to a file at once. */
const CHUNK_BYTES = 1024 * 1024

/**
 * Private memory for what was read from a ring and is about to be written.
 *
 * Thread: the storage thread's.
 */
export class ChunkBuffer {
  bytes = new Uint8Array(CHUNK_BYTES)

  /** Makes room for a batch that is larger than the chunk; the batch after it may use the room too. */
  grow(sizeBytes: number): void {
    this.bytes = new Uint8Array(sizeBytes)
  }
}
