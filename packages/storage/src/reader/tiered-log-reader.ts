import {
  PartitionStorage,
  READ_OUT_OF_RANGE,
  RingLogReader,
  type FoundRecord,
  type LogReader,
  type ReadResult,
} from '@ringlog/core/internal/storage'
import { DiskLogReader } from './disk-log-reader.ts'

/**
 * Reads a log on disk: from its ring what that has, from its files what the ring has evicted. The offset alone
 * says which, at every read; so nothing is read twice, and nothing is passed over: the ring evicts only what is
 * written, and the two overlap.
 *
 * Thread: one instance belongs to one thread.
 */
export class TieredLogReader implements LogReader {
  readonly #ring: RingLogReader
  readonly #storage: PartitionStorage
  readonly #disk: DiskLogReader
  /** Whether the last read was of the files, which may be open still. */
  #isBehind = false

  /**
   * @param memory Of the ring.
   * @param directory The partition's folder.
   */
  constructor(memory: SharedArrayBuffer, directory: string) {
    const ring = new RingLogReader(memory)
    const storage = new PartitionStorage(memory)
    // The high watermark's offset may be stored after the ring has evicted up to it already.
    const writtenUpTo = (): number => Math.max(storage.highWatermark, ring.logStartOffset)
    this.#ring = ring
    this.#storage = storage
    this.#disk = new DiskLogReader(directory, storage, writtenUpTo)
  }

  get logStartOffset(): number {
    return this.#storage.logStartOffset
  }

  get deletedBefore(): number {
    return this.#ring.deletedBefore
  }

  get endOffset(): number {
    return this.#ring.endOffset
  }

  availableBytes(offset: number): number {
    // The ring may have begun at this offset, and begin after it now: where damaged files were opened after all.
    return this.#isInRing(offset) ? this.#ring.availableBytes(offset) : Infinity
  }

  read(offset: number, target: Uint8Array, result: ReadResult): void {
    if (this.#isInRing(offset)) {
      this.#ring.read(offset, target, result)
      // Out of the ring's range: past the log's end, or evicted just now.
      if (result.status !== READ_OUT_OF_RANGE || this.#isInRing(offset)) {
        if (this.#isBehind) this.close()
        return
      }
    }
    this.#isBehind = true
    this.#disk.read(offset, target, result)
  }

  load(offset: number): Promise<void> {
    return this.#isInRing(offset) ? Promise.resolve() : this.#disk.load(offset)
  }

  loadSync(offset: number): boolean {
    return this.#isInRing(offset) || this.#disk.loadSync(offset)
  }

  async findByTimestamp(timestampMs: number): Promise<FoundRecord | null> {
    const inRing = this.#ring.findByTimestamp(timestampMs)
    // What the ring has evicted before it was searched, and meanwhile, is all before this.
    const onDisk = await this.#disk.findByTimestamp(timestampMs, this.#ring.logStartOffset)
    return onDisk ?? inRing
  }

  close(): void {
    this.#isBehind = false
    this.#disk.close()
  }

  #isInRing(offset: number): boolean {
    return offset >= this.#ring.logStartOffset
  }
}
