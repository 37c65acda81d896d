import { RecordBatchCursor, RecordBatchHeader, RingLogReader } from '@ringlog/core'
import { READ_OK, ReadResult } from '@ringlog/core/internal'

const TARGET_BYTES = 128 * 1024

/** The values that are in a log, without the dots that pad them. */
export function valuesByOffset(memory: SharedArrayBuffer): Map<number, string> {
  const values = new Map<number, string>()
  const reader = new RingLogReader(memory)
  const target = new Uint8Array(TARGET_BYTES)
  const result = new ReadResult()
  const header = new RecordBatchHeader()
  const cursor = new RecordBatchCursor()
  for (let offset = reader.logStartOffset; ; offset = result.nextOffset) {
    reader.read(offset, target, result)
    if (result.status !== READ_OK) return values
    for (let at = 0; at < result.copiedBytes; at += (header.wrap(target, at).sizeBytes + 7) & ~7) {
      cursor.open(target, at)
      while (cursor.next()) {
        const { valueStart, valueLength } = cursor
        const value = Buffer.from(target.subarray(valueStart, valueStart + valueLength)).toString()
        values.set(cursor.offset, value.replaceAll('.', ''))
      }
    }
  }
}
