import { RecordBatchHeader, clearAssigned } from '@ringlog/core/internal'
import type { BatchRecords } from './producer-batch.ts'

/**
 * The records of a batch that another log had, compressed or not: as they are. Their producer's number comes with the
 * stamp, as for every batch.
 */
export class EncodedRecords implements BatchRecords {
  readonly recordCount: number
  readonly sizeBytes: number
  readonly lastTimestamp: number
  /** How large each of its records is would only a walk tell. */
  readonly lastRecordBytes = 0
  readonly maxRecordBytes = 0
  readonly #bytes: Uint8Array

  /** @param memory With room for the batch, which is copied to its start. */
  constructor(memory: ArrayBuffer, batch: Uint8Array) {
    const bytes = new Uint8Array(memory, 0, batch.length)
    bytes.set(batch)
    const header = new RecordBatchHeader().wrap(bytes)
    clearAssigned(bytes, header)
    this.#bytes = bytes
    this.recordCount = header.recordsCount
    this.sizeBytes = batch.length
    this.lastTimestamp = header.maxTimestamp
  }

  tryAppend(): boolean {
    return false
  }

  tryAppendValue(): boolean {
    return false
  }

  seal(): Uint8Array {
    return this.#bytes
  }
}
