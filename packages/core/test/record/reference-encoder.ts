import type { Data } from '../../src/record/data.ts'
import type { PlainRecord } from '../batches.ts'

/*
 * Kafka's record batch written down a second time, as plainly as possible: a BigInt for every
 * varint, a Buffer for every field. Every length and count can be made to lie.
 */

/** Header fields that are to differ from what the records say. */
export interface BatchFields {
  baseOffset?: number | bigint
  batchLength?: number
  magic?: number
  attributes?: number
  lastOffsetDelta?: number
  baseTimestamp?: number | bigint
  maxTimestamp?: number | bigint
  producerId?: number | bigint
  producerEpoch?: number
  baseSequence?: number
  recordsCount?: number
}

/** Lengths and counts of a record that are to differ from the truth. */
export interface RecordLies {
  length?: number
  keyLength?: number
  valueLength?: number
  headersCount?: number
}

/** Zigzag, 7 bits a byte, least significant first: a varint, or a varlong where it needs 64 bits. */
export function encodeVarint(value: number | bigint): Buffer {
  const long = BigInt(value)
  let rest = BigInt.asUintN(64, (long << 1n) ^ (long >> 63n))
  const bytes: number[] = []
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

export function encodeRecord(
  record: PlainRecord,
  offsetDelta: number,
  timestampDelta: number | bigint,
  lies: RecordLies = {},
): Buffer {
  const { key = null, value = null, headers = [] } = record
  const body = Buffer.concat([
    Buffer.from([0]),
    encodeVarint(timestampDelta),
    encodeVarint(offsetDelta),
    encodeData(key, lies.keyLength),
    encodeData(value, lies.valueLength),
    encodeVarint(lies.headersCount ?? headers.length),
    ...headers.flatMap(([name, headerValue]) => [encodeData(name), encodeData(headerValue)]),
  ])
  return Buffer.concat([encodeVarint(lies.length ?? body.length), body])
}

/** The records one after the other, as they stand in a batch. */
export function encodeRecords(records: readonly PlainRecord[]): Buffer[] {
  const base = records[0]?.timestamp ?? 0
  return records.map((record, index) =>
    encodeRecord(record, index, BigInt(record.timestamp ?? 0) - BigInt(base)),
  )
}

/** A batch of records that are encoded already; its CRC is 0. */
export function encodeBatch(records: readonly Uint8Array[], fields: BatchFields = {}): Buffer {
  const body = Buffer.concat(records)
  const header = Buffer.alloc(61)
  header.writeBigInt64BE(BigInt(fields.baseOffset ?? 0), 0)
  header.writeInt32BE(fields.batchLength ?? 61 - 12 + body.length, 8)
  header.writeInt8(fields.magic ?? 2, 16)
  header.writeInt16BE(fields.attributes ?? 0, 21)
  header.writeInt32BE(fields.lastOffsetDelta ?? records.length - 1, 23)
  header.writeBigInt64BE(BigInt(fields.baseTimestamp ?? 0), 27)
  header.writeBigInt64BE(BigInt(fields.maxTimestamp ?? 0), 35)
  header.writeBigInt64BE(BigInt(fields.producerId ?? -1), 43)
  header.writeInt16BE(fields.producerEpoch ?? -1, 51)
  header.writeInt32BE(fields.baseSequence ?? -1, 53)
  header.writeInt32BE(fields.recordsCount ?? records.length, 57)
  return Buffer.concat([header, body])
}

/** A batch of these records, with no producer. */
export function encodePlainBatch(records: readonly PlainRecord[]): Buffer {
  const timestamps = records.map(({ timestamp = 0 }) => timestamp)
  return encodeBatch(encodeRecords(records), {
    baseTimestamp: timestamps[0] ?? 0,
    maxTimestamp: Math.max(...timestamps),
  })
}

function encodeData(data: Data | null, lengthLie?: number): Buffer {
  if (data === null) return encodeVarint(lengthLie ?? -1)
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  return Buffer.concat([encodeVarint(lengthLie ?? bytes.length), bytes])
}
