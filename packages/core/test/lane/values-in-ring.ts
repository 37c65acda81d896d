import {
  READ_OK,
  ReadResult,
  RecordBatchCursor,
  RecordBatchHeader,
  RingLogReader,
} from '@ringlog/core'

/** The records' values, without the dots that pad them: of one batch, or of a ring from an offset on. */
export function valuesIn(source: Uint8Array | SharedArrayBuffer, fromOffset = 0): string[] {
  if (source instanceof Uint8Array) return valuesOf(source)
  const reader = new RingLogReader(source)
  const target = new Uint8Array(64 * 1024)
  const result = new ReadResult()
  const values: string[] = []
  for (let offset = fromOffset; ; offset = result.nextOffset) {
    reader.read(offset, target, result)
    if (result.status !== READ_OK) return values
    values.push(...valuesOf(target.subarray(0, result.copiedBytes)))
  }
}

function valuesOf(batches: Uint8Array): string[] {
  const header = new RecordBatchHeader()
  const cursor = new RecordBatchCursor()
  const values: string[] = []
  for (let at = 0; at < batches.length; at += (header.wrap(batches, at).sizeBytes + 7) & ~7) {
    cursor.open(batches, at)
    while (cursor.next()) {
      const { valueStart, valueLength } = cursor
      const value = Buffer.from(batches.subarray(valueStart, valueStart + valueLength)).toString()
      values.push(value.replaceAll('.', ''))
    }
  }
  return values
}
