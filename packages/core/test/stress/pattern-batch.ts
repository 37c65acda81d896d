import { RecordBatchBuilder, RecordBatchCursor, RecordBatchHeader } from '@ringlog/core'

const memory = new ArrayBuffer(64 * 1024)
const builder = new RecordBatchBuilder(memory)
const value = new Uint8Array(memory.byteLength)

/** A batch each of whose bytes tells what offset it belongs to. */
export function patternBatch(baseOffset: number, valueBytes: number, records: number): Uint8Array {
  builder.reset(memory)
  for (let i = 0; i < records; i++) {
    const bytes = value.subarray(0, Math.max(1, Math.floor(valueBytes / records)))
    bytes.fill(patternOf(baseOffset + i))
    builder.tryAppend(null, bytes, baseOffset + i)
  }
  return builder.seal()
}

function patternOf(offset: number): number {
  return (offset * 7 + (offset >>> 8)) & 0xff
}

const cursor = new RecordBatchCursor()
const header = new RecordBatchHeader()

/**
 * Walks copied batches; returns the offset after the last, or throws where a byte belongs to another
 * offset than its record: the batch is spliced of two.
 */
export function verifyPattern(bytes: Uint8Array, copiedBytes: number, fromOffset: number): number {
  let expected = -1
  for (let at = 0; at < copiedBytes;) {
    header.wrap(bytes, at)
    cursor.open(bytes, at)
    while (cursor.next()) {
      const { offset, timestamp, valueStart, valueLength } = cursor
      if (expected < 0) {
        if (offset > fromOffset) throw new Error(`skipped: from=${fromOffset}, first=${offset}`)
        expected = offset
      }
      if (offset !== expected || timestamp !== offset) {
        throw new Error(`spliced: offset=${offset}, expected=${expected}, timestamp=${timestamp}`)
      }
      const pattern = patternOf(offset)
      for (let i = 0; i < valueLength; i++) {
        if (bytes[valueStart + i] === pattern) continue
        throw new Error(`spliced: offset=${offset}, byte=${i}, got=${bytes[valueStart + i]}`)
      }
      expected++
    }
    at += (header.sizeBytes + 7) & ~7
  }
  if (expected <= fromOffset) throw new Error(`skipped back: next=${expected}, from=${fromOffset}`)
  return expected
}
