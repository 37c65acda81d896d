import { RecordBatchHeader } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { encodeBatch, encodeRecords } from './reference-encoder.ts'

const records = encodeRecords([{ value: 'a' }, { value: 'b' }])

/** No two fields alike, and every one beyond 16 bits where it can be. */
const FIELDS = {
  baseOffset: 0x1f_0203_0405_0607,
  attributes: 0x4001,
  lastOffsetDelta: 0x1122_3344,
  baseTimestamp: 0x0a_0b0c_0d0e_0f10,
  maxTimestamp: 0x0b_1b1c_1d1e_1f20,
  producerId: 0x0c_2b2c_2d2e_2f30,
  producerEpoch: 0x5566,
  baseSequence: 0x6677_8899,
  recordsCount: 0x7788_99aa,
}

const flagsOf = (attributes: number): object => {
  const header = new RecordBatchHeader().wrap(encodeBatch(records, { attributes }))
  const { compressionType, isLogAppendTime, isTransactional, isControl } = header
  return { compressionType, isLogAppendTime, isTransactional, isControl }
}

describe('the record batch header', () => {
  test('reads every field where it lies', () => {
    const batch = encodeBatch(records, FIELDS)
    batch.writeInt32BE(-0x0102_0304, 12)
    batch.writeUInt32BE(0xfedc_ba98, 17)
    expect(new RecordBatchHeader().wrap(batch)).toMatchObject({
      ...FIELDS,
      sizeBytes: batch.length,
      partitionLeaderEpoch: -0x0102_0304,
      magic: 2,
      crc: 0xfedc_ba98,
      lastOffset: FIELDS.baseOffset + FIELDS.lastOffsetDelta,
    })
  })

  test('reads negative numbers as such', () => {
    const negative = {
      baseOffset: -1,
      attributes: -1,
      lastOffsetDelta: -2,
      baseTimestamp: -3,
      maxTimestamp: -4,
      producerId: -5,
      producerEpoch: -6,
      baseSequence: -7,
      recordsCount: -8,
    }
    const header = new RecordBatchHeader().wrap(encodeBatch(records, negative))
    expect(header).toMatchObject(negative)
  })

  test('is moved from batch to batch', () => {
    const first = encodeBatch(records, { baseOffset: 5 })
    const second = encodeBatch(records, { baseOffset: 900 })
    const bytes = Buffer.concat([first, second])
    const header = new RecordBatchHeader()
    expect(header.wrap(bytes).baseOffset).toBe(5)
    expect(header.wrap(bytes, first.length).baseOffset).toBe(900)
    expect(header.lastOffset).toBe(901)
    expect(header.sizeBytes).toBe(second.length)
  })

  test('tells each flag by its own bit', () => {
    const none = {
      compressionType: 0,
      isLogAppendTime: false,
      isTransactional: false,
      isControl: false,
    }
    expect(flagsOf(0)).toEqual(none)
    for (let type = 1; type < 8; type++) {
      expect(flagsOf(type)).toEqual({ ...none, compressionType: type })
    }
    expect(flagsOf(0b1000)).toEqual({ ...none, isLogAppendTime: true })
    expect(flagsOf(0b1_0000)).toEqual({ ...none, isTransactional: true })
    expect(flagsOf(0b10_0000)).toEqual({ ...none, isControl: true })
    expect(flagsOf(0b100_0000)).toEqual(none)
  })
})
