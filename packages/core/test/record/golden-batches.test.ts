import { crc32c } from '@platformatic/kafka'
import {
  RecordBatchBuilder,
  RecordBatchCursor,
  RecordBatchHeader,
  RecordBatchValidator,
} from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { GOLDEN_BATCHES, type GoldenBatch } from './golden-batches.ts'
import { hexOf, readRecords } from './hex-records.ts'

const ATTRIBUTES_BYTE = 21
const CRC_BYTE = 17
const LOG_APPEND_TIME_FLAG = 0b1000
const TRANSACTIONAL_FLAG = 0b1_0000
const CONTROL_FLAG = 0b10_0000

const attributesOf = ({ bytes }: GoldenBatch): number => bytes.readInt16BE(ATTRIBUTES_BYTE)
const isControl = (golden: GoldenBatch): boolean => (attributesOf(golden) & CONTROL_FLAG) !== 0
const isLogAppendTime = ({ logAppendTimeMs }: GoldenBatch): boolean => logAppendTimeMs >= 0

/** Those that a producer writes: log append time is the log's doing, markers a coordinator's. */
const produced = GOLDEN_BATCHES.filter((batch) => !isControl(batch) && !isLogAppendTime(batch))
const userBatches = GOLDEN_BATCHES.filter((batch) => !isControl(batch))

type ToData = (hex: string) => string | Uint8Array
const asBytes: ToData = (hex) => Buffer.from(hex, 'hex')
/** As a string where the bytes are one. */
const asText: ToData = (hex) => {
  const text = Buffer.from(hex, 'hex').toString()
  return hexOf(text) === hex ? text : asBytes(hex)
}

function buildWithCrc(golden: GoldenBatch, toData: ToData): Buffer {
  const builder = new RecordBatchBuilder(new ArrayBuffer(golden.bytes.length))
  const convert = (hex: string | null) => (hex === null ? null : toData(hex))
  for (const { key, value, timestamp, headers } of golden.records) {
    const pairs = headers.map(([name, headerValue]) => [name, convert(headerValue)] as const)
    expect(builder.tryAppend(convert(key), convert(value), timestamp, pairs)).toBe(true)
  }
  const { baseOffset, producerId, producerEpoch, baseSequence } = golden
  const producer = { producerId, producerEpoch, baseSequence }
  const seal = { baseOffset, attributes: attributesOf(golden), producer }
  const batch = Buffer.from(builder.seal(seal))
  expect(batch.readUInt32BE(CRC_BYTE)).toBe(0)
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_BYTE)), CRC_BYTE)
  return batch
}

describe('the record batch builder', () => {
  test.each(produced)('writes, from bytes, what Kafka writes: $name', (golden) => {
    expect(hexOf(buildWithCrc(golden, asBytes))).toBe(hexOf(golden.bytes))
  })

  test.each(produced)('writes, from strings, what Kafka writes: $name', (golden) => {
    expect(hexOf(buildWithCrc(golden, asText))).toBe(hexOf(golden.bytes))
  })
})

describe('the record batch cursor', () => {
  test.each(userBatches)('reads what Kafka wrote: $name', (golden) => {
    const { baseOffset, logAppendTimeMs } = golden
    const expected = golden.records.map((record, index) => ({
      ...record,
      offset: baseOffset + index,
      timestamp: isLogAppendTime(golden) ? logAppendTimeMs : record.timestamp,
    }))
    expect(readRecords(golden.bytes)).toEqual(expected)
  })

  test('finds no records for a user in a batch of markers', () => {
    const markers = GOLDEN_BATCHES.filter(isControl)
    expect(markers).toHaveLength(1)
    const cursor = new RecordBatchCursor()
    cursor.open(markers[0]!.bytes, 0)
    expect(cursor.remaining).toBe(0)
    expect(cursor.next()).toBe(false)
    expect(cursor.skip()).toBe(false)
  })
})

describe('the record batch header', () => {
  test.each(GOLDEN_BATCHES)('reads every field that Kafka wrote: $name', (golden) => {
    const { bytes, records, baseOffset, producerId, producerEpoch, baseSequence } = golden
    const header = new RecordBatchHeader().wrap(bytes)
    const timestamps = records.map(({ timestamp }) => timestamp)
    expect(header).toMatchObject({
      baseOffset,
      lastOffset: baseOffset + records.length - 1,
      lastOffsetDelta: records.length - 1,
      recordsCount: records.length,
      sizeBytes: bytes.length,
      magic: 2,
      crc: crc32c(bytes.subarray(ATTRIBUTES_BYTE)),
      compressionType: 0,
      baseTimestamp: timestamps[0],
      maxTimestamp: isLogAppendTime(golden) ? golden.logAppendTimeMs : Math.max(...timestamps),
      producerId,
      producerEpoch,
      baseSequence,
    })
  })

  test('tells the kinds of batches apart', () => {
    const kinds = GOLDEN_BATCHES.map(({ name, bytes }) => {
      const header = new RecordBatchHeader().wrap(bytes)
      const { isControl: hasMarkers, isTransactional, isLogAppendTime: isAppendTime } = header
      const flags =
        (hasMarkers ? CONTROL_FLAG : 0) |
        (isTransactional ? TRANSACTIONAL_FLAG : 0) |
        (isAppendTime ? LOG_APPEND_TIME_FLAG : 0)
      return [name, flags] as const
    })
    expect(kinds.filter(([, flags]) => flags !== 0)).toEqual([
      ['transactional', TRANSACTIONAL_FLAG],
      ['log append time', LOG_APPEND_TIME_FLAG],
      ['control batch: a commit marker', TRANSACTIONAL_FLAG | CONTROL_FLAG],
    ])
  })
})

describe('the record batch validator', () => {
  test.each(GOLDEN_BATCHES)('accepts what Kafka wrote: $name', ({ bytes }) => {
    expect(new RecordBatchValidator().findFault(bytes)).toBeNull()
  })
})
