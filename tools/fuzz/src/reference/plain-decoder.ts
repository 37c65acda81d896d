import { viewOf } from '../input/mutate-bytes.ts'
import { readPlainVarint } from './plain-varint.ts'

/**
 * Kafka's record batch, format v2, decoded as plainly as the format is described: slow, a BigInt for every
 * number, every length held against the end it must not pass. What the real decoders take, and how they
 * read it, is compared with this.
 *
 * Source: https://kafka.apache.org/documentation/#recordbatch.
 */
export interface PlainBatch {
  readonly baseOffset: bigint
  readonly attributes: number
  readonly baseTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly records: readonly PlainRecord[]
}

export interface PlainRecord {
  readonly offset: bigint
  readonly timestamp: bigint
  /** In hexadecimal; `null` is null. */
  readonly key: string | null
  readonly value: string | null
  readonly headers: ReadonlyArray<readonly [name: string, value: string | null]>
}

const HEADER_BYTES = 61
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** A batch that is not compressed; in words, what is wrong with it. */
export function decodePlainly(bytes: Uint8Array): PlainBatch | string {
  if (bytes.length < HEADER_BYTES) return 'short'
  const view = viewOf(bytes)
  const baseOffset = view.getBigInt64(0)
  const attributes = view.getInt16(21)
  const baseTimestamp = view.getBigInt64(27)
  const maxTimestamp = view.getBigInt64(35)
  const producerId = view.getBigInt64(43)
  const producerEpoch = view.getInt16(51)
  const baseSequence = view.getInt32(53)
  const recordsCount = view.getInt32(57)
  if (view.getInt8(16) !== 2) return 'magic'
  if (view.getInt32(8) + 12 !== bytes.length) return 'length'
  if (recordsCount < 1 || view.getInt32(23) !== recordsCount - 1) return 'count'
  if (baseOffset < 0n || baseOffset + BigInt(recordsCount) - 1n > MAX_SAFE) return 'base offset'
  if (!isTimestamp(baseTimestamp) || !isTimestamp(maxTimestamp)) return 'timestamps'
  if (producerId !== -1n) {
    if (producerId < 0n || producerId > MAX_SAFE || producerEpoch < 0) return 'producer'
    if (baseSequence < 0 && (attributes & 0x20) === 0) return 'sequence'
  }
  const records: PlainRecord[] = []
  let at = HEADER_BYTES
  for (let index = 0; index < recordsCount; index++) {
    const length = readPlainVarint(bytes, at, bytes.length, false)
    if (length === null || length.value < 0n) return 'record length'
    const end = length.next + Number(length.value)
    if (end > bytes.length) return 'record end'
    const record = decodeRecord(bytes, length.next, end)
    if (record === null) return 'record'
    if (record.offsetDelta !== BigInt(index)) return 'offset delta'
    const isAppendTime = (attributes & 0x08) !== 0
    const timestamp = isAppendTime ? maxTimestamp : baseTimestamp + record.timestampDelta
    if (!isTimestamp(timestamp) || !isDelta(timestamp - baseTimestamp)) return 'timestamp'
    const { key, value, headers } = record
    records.push({ offset: baseOffset + record.offsetDelta, timestamp, key, value, headers })
    at = end
  }
  if (at !== bytes.length) return 'rest'
  return {
    baseOffset,
    attributes,
    baseTimestamp,
    maxTimestamp,
    producerId,
    producerEpoch,
    baseSequence,
    records,
  }
}

interface RecordFields extends Pick<PlainRecord, 'key' | 'value' | 'headers'> {
  readonly timestampDelta: bigint
  readonly offsetDelta: bigint
}

/** `null`: it does not end exactly at `end`, or a length passes it. */
function decodeRecord(bytes: Uint8Array, start: number, end: number): RecordFields | null {
  // One byte of attributes, which nothing uses.
  const timestampDelta = readPlainVarint(bytes, start + 1, end, true)
  if (timestampDelta === null) return null
  const offsetDelta = readPlainVarint(bytes, timestampDelta.next, end, false)
  if (offsetDelta === null) return null
  const key = readData(bytes, offsetDelta.next, end)
  if (key === null) return null
  const value = readData(bytes, key.next, end)
  if (value === null) return null
  const count = readPlainVarint(bytes, value.next, end, false)
  if (count === null || count.value < 0n) return null
  let at = count.next
  const headers: Array<readonly [string, string | null]> = []
  for (let i = 0n; i < count.value; i++) {
    const name = readData(bytes, at, end)
    if (name === null || name.data === null) return null
    const headerValue = readData(bytes, name.next, end)
    if (headerValue === null) return null
    headers.push([name.data, headerValue.data])
    at = headerValue.next
  }
  if (at !== end) return null
  return {
    timestampDelta: timestampDelta.value,
    offsetDelta: offsetDelta.value,
    key: key.data,
    value: value.data,
    headers,
  }
}

function readData(
  bytes: Uint8Array,
  start: number,
  end: number,
): { data: string | null; next: number } | null {
  const length = readPlainVarint(bytes, start, end, false)
  if (length === null || length.value < -1n) return null
  if (length.value === -1n) return { data: null, next: length.next }
  const next = length.next + Number(length.value)
  if (next > end) return null
  return { data: Buffer.from(bytes.subarray(length.next, next)).toString('hex'), next }
}

/** Ringlog counts with doubles, and takes no delta beyond them. */
function isDelta(value: bigint): boolean {
  return value >= -MAX_SAFE && value <= MAX_SAFE
}

function isTimestamp(value: bigint): boolean {
  return value >= -1n && value <= MAX_SAFE
}
