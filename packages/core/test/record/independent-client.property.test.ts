import { NumericMap, Reader, createRecordsBatch, readRecordsBatch } from '@platformatic/kafka'
import type { KafkaRecord, MessageRecord } from '@platformatic/kafka'
import {
  RecordBatchHeader,
  RecordBatchValidator,
  compressBatch,
  decompressBatch,
  type CompressionType,
} from '@ringlog/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Data } from '../../src/record/data.ts'
import { batchOf, type PlainRecord } from '../batches.ts'
import { batchSeal, plainRecords } from './arbitrary-records.ts'
import { hexOf, hexRecordsOf, readRecords, type HexRecord } from './hex-records.ts'

/** The client knows no offsets and timestamps but as differences from the batch's. */
function hexRecordOf(record: KafkaRecord, firstOffset: number, firstTimestamp: bigint): HexRecord {
  return {
    offset: firstOffset + record.offsetDelta,
    timestamp: Number(firstTimestamp + record.timestampDelta),
    key: hexOf(record.key),
    value: hexOf(record.value),
    headers: record.headers.map(([name, value]) => [name!.toString(), hexOf(value)] as const),
  }
}

/** The client writes null where it is given null, though its types leave that out for values. */
function messageOf({ key = null, value = null, timestamp = 0, headers = [] }: PlainRecord) {
  return {
    topic: 'orders',
    partition: 0,
    key: bufferOf(key),
    value: bufferOf(value),
    timestamp: BigInt(timestamp),
    // The keys of the map are Buffers, told apart by identity: so a name can come again.
    headers: new Map(headers.map(([name, data]) => [bufferOf(name), bufferOf(data)] as const)),
  } as MessageRecord
}

/**
 * The client writes timestamp differences of 32 bits only (it reads all), so each timestamp is moved
 * towards the first until it is that near.
 */
function withNearTimestamps(records: ReadonlyArray<Required<PlainRecord>>): PlainRecord[] {
  const first = records[0]!.timestamp
  return records.map((record) => ({
    ...record,
    timestamp: first + ((record.timestamp - first) % 2 ** 31),
  }))
}

const compressionTypes: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const compressionType = fc.constantFrom(...compressionTypes)

function bufferOf(data: Data | null): Buffer | null {
  return data === null ? null : Buffer.from(data as Uint8Array)
}

describe('an independent Kafka client', () => {
  test('reads every batch that Ringlog writes', () => {
    fc.assert(
      fc.property(plainRecords, batchSeal, compressionType, (records, seal, compression) => {
        const batch = compressBatch(batchOf(records, seal), compression)
        const read = readRecordsBatch(Reader.from(Buffer.from(batch)))
        const timestamps = records.map(({ timestamp }) => timestamp)
        expect(read).toMatchObject({
          firstOffset: BigInt(seal.baseOffset),
          length: batch.length - 12,
          partitionLeaderEpoch: 0,
          magic: 2,
          crc: 0,
          attributes: seal.attributes | compressionTypes.indexOf(compression),
          lastOffsetDelta: records.length - 1,
          firstTimestamp: BigInt(timestamps[0]!),
          maxTimestamp: BigInt(Math.max(...timestamps)),
          producerId: BigInt(seal.producer.producerId),
          producerEpoch: seal.producer.producerEpoch,
          firstSequence: seal.producer.baseSequence,
        })
        const hexRecords = read.records.map((record) =>
          hexRecordOf(record, seal.baseOffset, read.firstTimestamp),
        )
        expect(hexRecords).toEqual(hexRecordsOf(records, seal.baseOffset))
      }),
      { numRuns: 300 },
    )
  })

  test('writes batches that Ringlog accepts and reads', () => {
    fc.assert(
      fc.property(plainRecords, batchSeal, compressionType, (anyRecords, seal, compression) => {
        const { producer, attributes } = seal
        const records = withNearTimestamps(anyRecords)
        const sequences = new NumericMap([['orders:0', producer.baseSequence]])
        const { buffer: batch } = createRecordsBatch(records.map(messageOf), {
          producerId: BigInt(producer.producerId),
          producerEpoch: producer.producerEpoch,
          sequences,
          compression,
          transactionalId: attributes === 0 ? null : 'payments',
        })
        expect(new RecordBatchValidator().findFault(batch)).toBeNull()
        expect(readRecords(decompressBatch(batch))).toEqual(hexRecordsOf(records))
        const header = new RecordBatchHeader().wrap(batch)
        expect(header).toMatchObject({ ...producer, isTransactional: attributes !== 0 })
        expect(header.crc).toBe(batch.readUInt32BE(17))
      }),
      { numRuns: 300 },
    )
  })
})
