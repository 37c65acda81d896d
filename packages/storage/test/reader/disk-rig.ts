import { RecordBatchBuilder, RingLogWriter, createRingLogMemory } from '@ringlog/core/internal'
import {
  BATCH_ALIGNMENT_BYTES,
  PartitionStorage,
  READ_NEEDS_LARGER_TARGET,
  READ_NEEDS_LOAD,
  READ_OK,
  ReadResult,
  RecordBatchCursor,
  RecordBatchHeader,
  RingLogReader,
  STORED_ON_DISK,
  alignUp,
  decompressBatch,
  type CleanupPolicy,
  type LogReader,
} from '@ringlog/core/internal/storage'
import { stampCrc } from '../../src/segment/batch-crc.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { openLog } from '../open-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

/** The smallest ring there is. */
const RING_BYTES = 64 * 1024

/** A record as it is read. */
export interface ReadRecord {
  offset: number
  timestamp: number
  value: string
}

/**
 * A partition on disk in one thread: a real ring and real files, with small segments. Nothing is written to the
 * files before a test says so, or the ring is full.
 */
export class DiskRig {
  readonly memory: SharedArrayBuffer = createRingLogMemory(RING_BYTES, { storage: STORED_ON_DISK })
  readonly storage = new PartitionStorage(this.memory)
  readonly writer = new RingLogWriter(this.memory)
  readonly log: SegmentedLog
  /** The partition's folder. */
  readonly directory: string
  readonly #follower = new RingLogReader(this.memory, 'published')
  readonly #scratch = new Uint8Array(RING_BYTES)

  constructor(segmentBytes = 8_000, cleanupPolicy: CleanupPolicy = 'delete') {
    const dataDirectory = temporaryDirectory()
    this.directory = `${dataDirectory}/trades-0`
    this.log = openLog({
      dataDirectory,
      config: { segmentBytes, cleanupPolicy: [cleanupPolicy] },
      onLogStart: (offset) => this.storage.setLogStart(offset),
    })
  }

  /** Appends a batch to the ring, which evicts what is written to make room. */
  append(batch: Uint8Array): void {
    if (!this.writer.makeRoom(batch.length, this.storage.highWatermark)) this.write()
    if (!this.writer.makeRoom(batch.length, this.storage.highWatermark)) {
      throw new Error('the ring has no room for the batch')
    }
    this.writer.append(batch)
  }

  /** Appends batches of records with these values. */
  appendValues(...batches: string[][]): void {
    for (const values of batches) this.append(batchOf(values.map((value) => ({ value }))))
  }

  /** Appends batches of one record, whose value begins with its offset, and is so long. */
  appendMany(count: number, valueBytes: number): void {
    for (let i = 0; i < count; i++) {
      this.appendValues([`${this.writer.endOffset}:`.padEnd(valueBytes, '.')])
    }
  }

  /** Writes what the ring has more than the files, up to so many batches; then it is acknowledged. */
  write(maxBatches = Infinity): void {
    const result = new ReadResult()
    const header = new RecordBatchHeader()
    for (let left = maxBatches; left > 0;) {
      this.#follower.read(this.log.endOffset, this.#scratch, result)
      if (result.status !== READ_OK) return
      const { readPosition } = this.#follower
      for (let at = 0; at < result.copiedBytes && left > 0; left--) {
        const { sizeBytes, lastOffset } = header.wrap(this.#scratch, at)
        const batch = this.#scratch.slice(at, at + sizeBytes)
        stampCrc(batch, 0, sizeBytes)
        this.log.append(batch, sizeBytes)
        for (const sealed of this.log.takeSealed()) sealed.close()
        at += alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES)
        this.storage.advanceHighWatermark(readPosition + at, lastOffset + 1)
      }
    }
  }

  /** Evicts from the ring all that is written. */
  evict(): void {
    this.writer.evictOlderThan(Infinity, this.storage.highWatermark)
  }
}

/** A batch, as a producer sends it. */
export function batchOf(
  records: ReadonlyArray<{ value: string; timestamp?: number }>,
): Uint8Array<ArrayBuffer> {
  const bytes = records.reduce((sum, { value }) => sum + value.length + 64, 128)
  const builder = new RecordBatchBuilder(new ArrayBuffer(bytes))
  for (const { value, timestamp = 0 } of records) builder.tryAppend(null, value, timestamp)
  return new Uint8Array(builder.seal({}))
}

/** How a test waits for a load. */
export type LoadWay = 'load' | 'loadSync'

/** Reads from an offset on until a read says something else than READ_OK; gives that, too. */
export async function readFrom(
  reader: LogReader,
  offset: number,
  way: LoadWay = 'load',
  targetBytes = 64 * 1024,
): Promise<{ records: ReadRecord[]; status: number }> {
  const result = new ReadResult()
  let target = new Uint8Array(targetBytes)
  let next = offset
  const records: ReadRecord[] = []
  for (;;) {
    reader.read(next, target, result)
    if (result.status === READ_NEEDS_LOAD) {
      if (way === 'load') await reader.load(next)
      else reader.loadSync(next)
    } else if (result.status === READ_NEEDS_LARGER_TARGET) {
      target = new Uint8Array(result.requiredBytes)
    } else if (result.status === READ_OK) {
      records.push(...recordsIn(target.subarray(0, result.copiedBytes)))
      next = result.nextOffset
    } else {
      return { records: records.filter((record) => record.offset >= offset), status: result.status }
    }
  }
}

/** The records of what a reader has copied. */
export function recordsIn(bytes: Uint8Array): ReadRecord[] {
  const header = new RecordBatchHeader()
  const cursor = new RecordBatchCursor()
  const records: ReadRecord[] = []
  for (let at = 0; at < bytes.length;) {
    const { sizeBytes } = header.wrap(bytes, at)
    const batch = decompressBatch(bytes.slice(at, at + sizeBytes))
    cursor.open(batch, 0)
    while (cursor.next()) {
      const { offset, timestamp, valueStart, valueLength } = cursor
      const value = Buffer.from(batch.subarray(valueStart, valueStart + valueLength)).toString()
      records.push({ offset, timestamp, value })
    }
    at += alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES)
  }
  return records
}
