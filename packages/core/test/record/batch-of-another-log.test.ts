import { expect, test } from 'vitest'
import { canBeAppendedAgain, clearAssigned } from '../../src/record/batch-of-another-log.ts'
import { RecordBatchBuilder } from '../../src/record/record-batch-builder.ts'
import {
  ATTRIBUTES_BYTE,
  CONTROL_FLAG,
  DELETE_HORIZON_FLAG,
  LAST_OFFSET_DELTA_BYTE,
  LOG_APPEND_TIME_FLAG,
  PARTITION_LEADER_EPOCH_BYTE,
  TRANSACTIONAL_FLAG,
  writeInt16,
  writeInt32,
} from '../../src/record/record-batch-format.ts'
import { RecordBatchHeader } from '../../src/record/record-batch-header.ts'

const ZSTD = 4

function batchOf(attributes: number): { batch: Uint8Array; header: RecordBatchHeader } {
  const builder = new RecordBatchBuilder(new ArrayBuffer(1_024))
  for (let i = 0; i < 3; i++) builder.tryAppend(null, `value ${i}`, 1_000 + i)
  const producer = { producerId: 7, producerEpoch: 1, baseSequence: 5 }
  const batch = builder.seal({ baseOffset: 1_000, producer })
  writeInt16(batch, ATTRIBUTES_BYTE, attributes)
  return { batch, header: new RecordBatchHeader().wrap(batch) }
}

test.each([
  ['plain', 0, true],
  ['compressed', ZSTD, true],
  ['of a transaction', TRANSACTIONAL_FLAG | ZSTD, true],
  ['with the time of its append', LOG_APPEND_TIME_FLAG, false],
  ['of markers', CONTROL_FLAG | TRANSACTIONAL_FLAG, false],
  ['whose timestamps are counted from a delete horizon', DELETE_HORIZON_FLAG, false],
])('a batch %s can be appended again: %o', (_, attributes, can) => {
  expect(canBeAppendedAgain(batchOf(attributes).header)).toBe(can)
})

test('a batch that compaction has left offsets out of cannot be appended again', () => {
  const { batch, header } = batchOf(0)
  writeInt32(batch, LAST_OFFSET_DELTA_BYTE, 5)
  expect(canBeAppendedAgain(header)).toBe(false)
})

test('what a log has assigned is taken out, and nothing else', () => {
  const { batch, header } = batchOf(ZSTD | TRANSACTIONAL_FLAG)
  writeInt32(batch, PARTITION_LEADER_EPOCH_BYTE, 9)
  const records = batch.slice(61)
  clearAssigned(batch, header)
  expect(header.baseOffset).toBe(0)
  expect(header.partitionLeaderEpoch).toBe(0)
  expect(header.crc).toBe(0)
  expect(header.attributes).toBe(ZSTD)
  expect(header).toMatchObject({
    producerId: 7,
    baseSequence: 5,
    recordsCount: 3,
    lastOffsetDelta: 2,
    baseTimestamp: 1_000,
    maxTimestamp: 1_002,
  })
  expect(batch.slice(61)).toEqual(records)
})
