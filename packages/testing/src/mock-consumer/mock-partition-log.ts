import {
  BATCH_ALIGNMENT_BYTES,
  READ_NEEDS_LARGER_TARGET,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  RecordBatchBuilder,
  RinglogError,
  alignUp,
  partitionName,
  sizeOfSingleRecordBatch,
  type FoundRecord,
  type LogReader,
  type ReadResult,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { ReadRecord } from '@ringlog/producer/internal'

/** A record in the log of a mock consumer: a batch of its own, as it lies in a log. */
interface LoggedRecord {
  readonly offset: number
  readonly timestamp: number
  readonly batch: Uint8Array
}

/** The log of one partition of a mock consumer, in memory; offsets may be left out. */
export class MockPartitionLog implements LogReader {
  readonly deletedBefore = 0
  readonly #at: TopicPartition
  #records: LoggedRecord[] = []
  #logStartOffset = 0
  /** The offset after the last record that was added. */
  #nextOffset = 0
  #givenEndOffset = 0

  constructor(at: TopicPartition) {
    this.#at = at
  }

  get logStartOffset(): number {
    return this.#logStartOffset
  }

  get endOffset(): number {
    return Math.max(this.#nextOffset, this.#givenEndOffset)
  }

  /** The offset of the next record where nothing else is said. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** The log begins here: what lies before is gone. */
  begin(offset: number): void {
    this.#logStartOffset = offset
    this.#records = this.#records.filter((record) => record.offset >= offset)
    this.#nextOffset = Math.max(this.#nextOffset, offset)
  }

  /** @throws RinglogError INVALID_REQUEST where the log cannot end: before its last record. */
  checkEnd(offset: number): void {
    if (offset >= this.#nextOffset) return
    throw this.#invalid(`the log cannot end at ${offset}, before ${this.#nextOffset}`)
  }

  /** The log ends here, whatever records there are; `checkEnd` has let it pass. */
  end(offset: number): void {
    this.#givenEndOffset = offset
  }

  /** @throws RinglogError INVALID_REQUEST for an offset that is taken, or was passed over. */
  append(offset: number, timestamp: number, record: ReadRecord): void {
    if (offset < this.#nextOffset) {
      throw this.#invalid(
        `offsets go up: a record at offset ${offset} cannot come after one at ${this.#nextOffset - 1}`,
      )
    }
    this.#records.push({ offset, timestamp, batch: batchOf(offset, timestamp, record) })
    this.#nextOffset = offset + 1
  }

  read(offset: number, target: Uint8Array, result: ReadResult): void {
    result.copiedBytes = 0
    result.nextOffset = offset
    if (offset < this.#logStartOffset || offset > this.endOffset) {
      result.status = READ_OUT_OF_RANGE
      return
    }
    result.status = READ_NOTHING_NEW
    for (let i = this.#indexOf(offset); i < this.#records.length; i++) {
      const { batch, offset: batchOffset } = this.#records[i]!
      if (result.copiedBytes + batch.length > target.length) {
        if (result.status === READ_OK) return
        result.status = READ_NEEDS_LARGER_TARGET
        result.requiredBytes = batch.length
        return
      }
      target.set(batch, result.copiedBytes)
      result.status = READ_OK
      result.copiedBytes += batch.length
      result.nextOffset = batchOffset + 1
    }
  }

  availableBytes(offset: number): number {
    if (offset < this.#logStartOffset || offset > this.endOffset) return Infinity
    let bytes = 0
    for (let i = this.#indexOf(offset); i < this.#records.length; i++) {
      bytes += this.#records[i]!.batch.length
    }
    return bytes
  }

  /** All of it is in memory. */
  load(): Promise<void> {
    return Promise.resolve()
  }

  loadSync(): boolean {
    return true
  }

  findByTimestamp(timestampMs: number): FoundRecord | null {
    const found = this.#records.find(({ timestamp }) => timestamp >= timestampMs)
    return found === undefined ? null : { offset: found.offset, timestamp: found.timestamp }
  }

  close(): void {}

  /** Where the first record at that offset or after it is. */
  #indexOf(offset: number): number {
    let low = 0
    let high = this.#records.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#records[middle]!.offset < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  #invalid(message: string): RinglogError {
    const { topic, partition } = this.#at
    const name = partitionName(topic, partition)
    return new RinglogError('INVALID_REQUEST', `${message}: partition=${name}`, {
      details: { ...this.#at },
    })
  }
}

/** A batch of one record, with the offset that it has in its log; padded, as batches in a log are. */
function batchOf(baseOffset: number, timestamp: number, record: ReadRecord): Uint8Array {
  const { key, value, headers } = record
  const sizeBytes = sizeOfSingleRecordBatch(key, value, headers)
  const memory = new ArrayBuffer(alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES))
  const builder = new RecordBatchBuilder(memory)
  builder.tryAppend(key, value, timestamp, headers)
  builder.seal({ baseOffset })
  return new Uint8Array(memory)
}
