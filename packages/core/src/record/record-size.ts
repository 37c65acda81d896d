import type { Data, HeaderList } from './data.ts'
import { NONE, RECORDS_BYTE } from './record-batch-format.ts'
import { sizeOfVarint } from './varint.ts'

const NO_HEADERS: HeaderList = []

/**
 * Bytes of a batch that holds this record alone, header included: what a topic's `maxMessageBytes`
 * is compared with.
 */
export function sizeOfSingleRecordBatch(
  key: Data | null,
  value: Data | null,
  headers: HeaderList = NO_HEADERS,
): number {
  const keyLength = byteLength(key)
  const valueLength = byteLength(value)
  const bodySize =
    1 + // attributes
    1 + // timestamp delta 0
    1 + // offset delta 0
    sizeOfVarint(keyLength) +
    Math.max(keyLength, 0) +
    sizeOfVarint(valueLength) +
    Math.max(valueLength, 0) +
    sizeOfHeaders(headers)
  return RECORDS_BYTE + sizeOfVarint(bodySize) + bodySize
}

/** Bytes of a key or value; -1 for `null`, as records have it. */
export function byteLength(data: Data | null): number {
  if (data === null) return NONE
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length
}

/** Bytes of a record's headers, their number included. */
export function sizeOfHeaders(headers: HeaderList): number {
  let size = sizeOfVarint(headers.length)
  for (const [name, value] of headers) {
    const nameLength = Buffer.byteLength(name)
    const valueLength = byteLength(value)
    size += sizeOfVarint(nameLength) + nameLength
    size += sizeOfVarint(valueLength) + Math.max(valueLength, 0)
  }
  return size
}
