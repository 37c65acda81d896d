import type { BufferPool } from './buffer-pool.ts'
import type { Backlog, PartitionBacklog } from './backlog.ts'

/** A writer should stop when so much of `bufferMemoryBytes` is in use. */
const SHORT_MEMORY_SHARE = 3 / 4

/**
 * Says whether a writer should go on.
 *
 * `write` takes what it is given, and its caller stops for all partitions once memory is short. A
 * caller of `tryWrite` may go on with other partitions; so that it can, no partition gets more than
 * its share once memory is short: then one that is stuck leaves room for the others.
 */
export class MemoryRoom {
  readonly #pool: BufferPool
  readonly #shortBytes: number
  readonly #partitionCount: () => number

  /** @param partitionCount How many partitions share the memory. */
  constructor(pool: BufferPool, partitionCount: () => number) {
    this.#pool = pool
    this.#shortBytes = pool.totalBytes * SHORT_MEMORY_SHARE
    this.#partitionCount = partitionCount
  }

  get isShort(): boolean {
    return this.#pool.usedBytes > this.#shortBytes
  }

  /** Whether a writer to `backlog` should stop. */
  isCongested(backlog: Backlog | null): boolean {
    if (this.#pool.usedBytes > this.#shortBytes) return true
    return backlog !== null && (backlog.isBacklogged || this.#lacks(backlog.refusedBytes))
  }

  /** Whether a record may be put there that can also be refused. */
  isFor(backlog: PartitionBacklog): boolean {
    const { isBacklogged, wantedBytes } = backlog
    if (isBacklogged || this.#lacks(wantedBytes)) return false
    if (this.#pool.usedBytes + wantedBytes <= this.#shortBytes) return true
    const { usedBytes } = backlog
    const shareBytes = this.#pool.totalBytes / this.#partitionCount()
    return usedBytes === 0 || usedBytes + wantedBytes <= shareBytes
  }

  #lacks(sizeBytes: number): boolean {
    return sizeBytes > this.#pool.availableBytes
  }
}
