import { RecordBatchCursor } from '@ringlog/core'
import { decodeHeaders } from '@ringlog/core/internal'
import type { Data } from '../../src/record/data.ts'
import type { PlainRecord } from '../batches.ts'

/** A record whose bytes are in hexadecimal, so that two of them compare at a glance, and quickly. */
export interface HexRecord {
  offset: number
  timestamp: number
  key: string | null
  value: string | null
  headers: Array<readonly [name: string, value: string | null]>
}

export function hexOf(data: Data): string
export function hexOf(data: Data | null): string | null
export function hexOf(data: Data | null): string | null {
  if (data === null) return null
  return (typeof data === 'string' ? Buffer.from(data) : asBuffer(data)).toString('hex')
}

/** What a reader must make of records that were written from `baseOffset` on. */
export function hexRecordsOf(records: readonly PlainRecord[], baseOffset = 0): HexRecord[] {
  return records.map(({ key = null, value = null, timestamp = 0, headers = [] }, index) => ({
    offset: baseOffset + index,
    timestamp,
    key: hexOf(key),
    value: hexOf(value),
    headers: headers.map(([name, headerValue]) => [wellFormed(name), hexOf(headerValue)] as const),
  }))
}

/** The record that the cursor stands on. */
export function currentRecord(cursor: RecordBatchCursor): HexRecord {
  const { bytes, offset, timestamp, headersStart, recordEnd } = cursor
  const headers = decodeHeaders(bytes, headersStart, recordEnd)
  return {
    offset,
    timestamp,
    key: hexSlice(bytes, cursor.keyStart, cursor.keyLength),
    value: hexSlice(bytes, cursor.valueStart, cursor.valueLength),
    headers: headers.map(([name, value]) => [name, hexOf(value)] as const),
  }
}

/** The records that the cursor has not reached yet. */
export function remainingRecords(cursor: RecordBatchCursor): HexRecord[] {
  const records: HexRecord[] = []
  while (cursor.next()) records.push(currentRecord(cursor))
  return records
}

/** The records of the batch that starts at `byteIndex`. */
export function readRecords(bytes: Uint8Array, byteIndex = 0): HexRecord[] {
  const cursor = new RecordBatchCursor()
  cursor.open(bytes, byteIndex)
  return remainingRecords(cursor)
}

function hexSlice(bytes: Uint8Array, start: number, length: number): string | null {
  return length < 0 ? null : hexOf(bytes.subarray(start, start + length))
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** What remains of a text that goes through UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString()
}
