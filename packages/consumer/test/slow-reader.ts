import {
  READ_NEEDS_LOAD,
  type FoundRecord,
  type LogReader,
  type ReadResult,
  type RingLogReader,
} from '@ringlog/core/internal'
import type { MemoryPartition } from './memory-log.ts'

/** Most bytes that one read gives of what was loaded. */
const CHUNK_BYTES = 256

/** A load that waits for a test to answer it. */
export interface PendingLoad {
  readonly offset: number
  answer(): void
  fail(error: Error): void
}

/** The log of a partition of which what lies before `inRingFrom` is as if it lay on disk. */
export class SlowReader implements LogReader {
  readonly #ring: RingLogReader
  /** What a read finds without another load: from here on, a few batches. */
  #loadedOffset = -1
  /** From here on everything is as if it lay in the ring. */
  inRingFrom = Infinity
  /** Loads that are not answered yet. */
  readonly pending: PendingLoad[] = []
  /** The offsets that were loaded while the thread waited. */
  readonly loadedSync: number[] = []
  /** How often `loadSync` says that it takes longer. */
  swapping = 0
  /** What `loadSync` fails with. */
  error: Error | null = null
  /** Whether loads wait for the test; else each ends by itself, a little later. */
  isManual = true
  closes = 0

  /** Takes the place of the ring's reader for the next consumer that opens the partition. */
  static of(partition: MemoryPartition): Promise<SlowReader> {
    return new Promise((resolve) => {
      partition.openReader = (ring) => {
        const reader = new SlowReader(ring)
        resolve(reader)
        return reader
      }
    })
  }

  constructor(ring: RingLogReader) {
    this.#ring = ring
  }

  get logStartOffset(): number {
    return this.#ring.logStartOffset
  }

  get deletedBefore(): number {
    return this.#ring.deletedBefore
  }

  get endOffset(): number {
    return this.#ring.endOffset
  }

  availableBytes(offset: number): number {
    return this.#ring.availableBytes(offset)
  }

  read(offset: number, target: Uint8Array, result: ReadResult): void {
    const { logStartOffset, endOffset } = this.#ring
    const isOnDisk = offset >= logStartOffset && offset < Math.min(endOffset, this.inRingFrom)
    if (!isOnDisk) return this.#ring.read(offset, target, result)
    if (offset !== this.#loadedOffset) {
      result.status = READ_NEEDS_LOAD
      return
    }
    this.#ring.read(offset, target.subarray(0, CHUNK_BYTES), result)
    this.#loadedOffset = -1
  }

  load(offset: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const answer = (): void => {
      this.#loadedOffset = offset
      resolve()
    }
    if (this.isManual) this.pending.push({ offset, answer, fail: reject })
    else setImmediate(answer)
    return promise
  }

  loadSync(offset: number): boolean {
    if (this.error !== null) throw this.error
    if (this.swapping > 0) {
      this.swapping--
      return false
    }
    this.#loadedOffset = offset
    this.loadedSync.push(offset)
    return true
  }

  findByTimestamp(timestampMs: number): FoundRecord | null {
    return this.#ring.findByTimestamp(timestampMs)
  }

  close(): void {
    this.closes++
  }
}
