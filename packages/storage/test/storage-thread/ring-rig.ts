import { createRingLogMemory, RingLogWriter, resolveTopicConfig } from '@ringlog/core/internal'
import {
  PartitionStorage,
  RecordBatchBuilder,
  STORED_ON_DISK,
  type ResolvedTopicConfig,
} from '@ringlog/core/internal/storage'
import { crc32c } from '@node-rs/crc32'
import type { TopicConfig } from '@ringlog/core'

/** The smallest there is. */
export const RING_BYTES = 64 * 1024

export const TOPIC_ID = '6e0f8f0e-6b0a-4f6e-9d3e-5f1c2b7a9d10'

export function diskConfig(given: TopicConfig = {}): ResolvedTopicConfig {
  return resolveTopicConfig({ ringBytes: RING_BYTES, ...given }, 100, 'disk')
}

/** A batch of `recordCount` records, with values of `valueBytes` each, which say which batch it is. */
export function batchOf(name: number, recordCount: number, valueBytes: number): Uint8Array {
  const builder = new RecordBatchBuilder(new ArrayBuffer(256 + recordCount * (valueBytes + 64)))
  for (let i = 0; i < recordCount; i++) {
    const value = Buffer.alloc(valueBytes, `${name}/${i};`)
    if (!builder.tryAppend(null, value, 1_000 + name)) throw new Error('batch too large')
  }
  return new Uint8Array(builder.seal({}))
}

/** A partition worker's side of a ring on disk: it evicts below the high watermark alone, as D-2 and D-3 have it. */
export class Leader {
  readonly memory: SharedArrayBuffer
  readonly storage: PartitionStorage
  /** What files have of each batch, as it was appended; by the offset after it. */
  readonly appended: Array<{ readonly nextOffset: number; readonly bytes: Uint8Array }> = []
  readonly #writer: RingLogWriter

  constructor(memory = createRingLogMemory(RING_BYTES, { storage: STORED_ON_DISK })) {
    this.memory = memory
    this.storage = new PartitionStorage(memory)
    this.#writer = new RingLogWriter(memory)
  }

  get endOffset(): number {
    return this.#writer.endOffset
  }

  get endPosition(): number {
    return this.#writer.endPosition
  }

  /** Appends a batch, where there is room; says whether there was. */
  tryAppend(batch: Uint8Array): boolean {
    const aheadBytes =
      this.#writer.endPositionAfter(batch.length) - this.storage.highWatermarkPosition
    if (aheadBytes > this.#writer.ringBytes / 2) return false
    if (!this.#writer.makeRoom(batch.length, this.storage.highWatermark)) return false
    this.#writer.append(batch)
    this.appended.push({ nextOffset: this.endOffset, bytes: asInFile(batch) })
    return true
  }

  append(batch: Uint8Array): void {
    if (!this.tryAppend(batch)) throw new Error('the ring has no room')
  }

  /** What the files are to hold up to an offset. */
  filesUpTo(offset: number): Buffer {
    const batches = this.appended.filter(({ nextOffset }) => nextOffset <= offset)
    return Buffer.concat(batches.map(({ bytes }) => bytes))
  }
}

/** A batch of one record that follows from its offset alone. */
export function batchAtOffset(offset: number): Uint8Array {
  return batchOf(offset, 1, (offset * 7919) % 400)
}

/** A batch as a segment file has it; `baseOffset`: where it was not appended to a ring. */
export function asInFile(batch: Uint8Array, baseOffset?: number): Uint8Array {
  const bytes = Buffer.from(batch)
  if (baseOffset !== undefined) bytes.writeBigInt64BE(BigInt(baseOffset), 0)
  bytes.writeInt32BE(0, 12)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}
