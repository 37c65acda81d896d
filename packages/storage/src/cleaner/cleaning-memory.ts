import type { FileSystem } from '../file-system/file-system.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'
import { BatchFilter } from './batch-filter.ts'
import { OffsetMap } from './offset-map.ts'
import { PendingBatches } from './pending-batches.ts'

/**
 * What a round works in, kept for the next one. Buffers that each round made anew would be garbage that lies about:
 * a thread that allocates little else is not collected before they add up to tens of MiB, however long that takes.
 *
 * Thread: the cleaner's. One round at a time uses it.
 */
export class CleaningMemory {
  readonly scanner: BatchScanner
  readonly filter: BatchFilter = new BatchFilter()
  readonly latest: OffsetMap
  readonly pending: PendingBatches = new PendingBatches()

  /** @param secret 16 bytes that nobody can guess. */
  constructor(fileSystem: FileSystem, secret: Uint8Array) {
    this.scanner = new BatchScanner(fileSystem)
    this.latest = new OffsetMap(secret)
  }

  /** A round has ended: gives up what is too large to be kept. */
  release(): void {
    this.latest.release()
  }
}
