import { RinglogError } from '@ringlog/core'
import { resolveTopicConfig } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import type { FileSystem } from '../../src/file-system/file-system.ts'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { KeyedLog } from '../../src/metadata/keyed-log.ts'
import { MetadataLogs } from '../../src/metadata/metadata-logs.ts'
import { decodeJson, encodeJson } from '../../src/metadata/metadata-json.ts'
import type { MetadataRecord, OffsetRecord } from '../../src/metadata/metadata-record.ts'
import { decodeOffset, encodeOffset } from '../../src/metadata/offset-commit.ts'
import { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const NOW_MS = 1_700_000_000_000
const CONFIG = resolveTopicConfig({ partitions: 3, flushMessages: 1 }, 3, 'disk')

const ORDERS: MetadataRecord = {
  type: 'topic',
  topicId: '11111111-2222-3333-4444-555555555555',
  topic: 'orders',
  state: 'active',
  config: CONFIG,
}

function offsetOf(offset: number, partition = 0, metadata = ''): OffsetRecord {
  return {
    type: 'offset',
    groupId: 'billing',
    topic: 'orders',
    partition,
    offset,
    metadata,
    commitTimestampMs: NOW_MS,
  }
}

/** The logs of a directory, opened as after a crash. */
function open(dataDirectory: string, fileSystem: FileSystem = nodeFileSystem): MetadataLogs {
  return new MetadataLogs(
    (topic) =>
      new KeyedLog(
        fileSystem,
        SegmentedLog.open({
          fileSystem,
          dataDirectory,
          topic,
          partition: 0,
          topicId: '00000000-0000-0000-0000-000000000001',
          config: resolveTopicConfig({}, 1, 'disk'),
          isClean: false,
          recoveryPoint: 0,
          logStartOffset: 0,
          truncateCorrupt: false,
          onLogStart: () => undefined,
        }),
      ),
  )
}

describe('a committed offset in Kafka’s schema', () => {
  test('is, byte for byte, what a broker of Kafka writes', () => {
    const { key, value } = encodeOffset(offsetOf(513, 7, 'é'))
    expect(key.toString('hex')).toBe(
      '0001' +
        '0007' +
        Buffer.from('billing').toString('hex') +
        '0006' +
        Buffer.from('orders').toString('hex') +
        '00000007',
    )
    expect(value!.toString('hex')).toBe(
      ['0003', '0000000000000201', 'ffffffff', '0002', 'c3a9', '0000018bcfe56800'].join(''),
    )
  })

  test('is read again', () => {
    const record = offsetOf(2 ** 40, 2, 'by hand')
    const { key, value } = encodeOffset(record)
    expect(decodeOffset(key, value!)).toEqual(record)
  })

  test.each<[string, (key: Buffer, value: Buffer) => void]>([
    ['another version of the key', (key) => key.writeInt16BE(2, 0)],
    ['another version of the value', (_, value) => value.writeInt16BE(4, 0)],
    ['a string past the end', (key) => key.writeInt16BE(999, 2)],
    ['a string of less than nothing', (key) => key.writeInt16BE(-2, 2)],
  ])('is refused with %s', (_, damage) => {
    const { key, value } = encodeOffset(offsetOf(1))
    damage(key, value!)
    expect(() => decodeOffset(key, value!)).toThrow(
      expect.objectContaining({ code: 'KAFKA_STORAGE_ERROR' }) as Error,
    )
  })
})

describe('a metadata record', () => {
  test.each<MetadataRecord>([
    ORDERS,
    { type: 'producerIds', nextProducerId: 3_000 },
    { type: 'group', groupId: 'billing', unusedSinceMs: null },
    { type: 'group', groupId: 'billing', unusedSinceMs: NOW_MS },
  ])('is read again: %o', (record) => {
    const { key, value } = encodeJson(record as Parameters<typeof encodeJson>[0])
    expect(decodeJson(key, value!)).toEqual(record)
  })

  test.each<[string, string, RegExp]>([
    ['{"type":"producerIds"}', '{"version":2,"nextProducerId":1}', /is of version 2, .* knows 1/],
    ['{"type":"producerIds"}', '{"version":1}', /is not valid/],
    ['{"type":"producerIds"}', '{"version":1', /is not valid/],
    ['{"type":"quota"}', '{"version":1}', /is not valid/],
    ['{"type":"topic","topicId":"a"}', '{"version":1,"topic":"a","state":"gone"}', /is not valid/],
    ['7', '{"version":1}', /is not valid/],
  ])('that cannot be is refused: %s %s', (key, value, message) => {
    const decode = (): unknown => decodeJson(Buffer.from(key), Buffer.from(value))
    expect(decode).toThrow(message)
    expect(decode).toThrow(RinglogError)
  })
})

describe('the metadata of a directory', () => {
  test('is empty at first', () => {
    const logs = open(temporaryDirectory())
    expect(logs.snapshot).toEqual({ topics: [], groups: [], offsets: [], nextProducerId: 0 })
    logs.close()
  })

  test('is the latest of each key when it is opened again, also without a close', () => {
    const directory = temporaryDirectory()
    const logs = open(directory)
    const group: MetadataRecord = { type: 'group', groupId: 'billing', unusedSinceMs: null }
    logs.append([ORDERS, { type: 'producerIds', nextProducerId: 1_000 }], NOW_MS, true)
    logs.append([group, offsetOf(5), offsetOf(9, 1), offsetOf(1, 2)], NOW_MS, false)
    logs.append([{ ...ORDERS, topicId: 'other', topic: 'other' }], NOW_MS, true)
    logs.append([{ type: 'producerIds', nextProducerId: 2_000 }, offsetOf(6)], NOW_MS, true)
    const { groupId, topic } = offsetOf(0)
    logs.append(
      [
        { type: 'offsetRemoved', groupId, topic, partition: 2 },
        { type: 'topicRemoved', topicId: 'other' },
      ],
      NOW_MS,
      true,
    )
    const { snapshot } = open(directory)
    expect(snapshot).toEqual({
      topics: [ORDERS],
      groups: [group],
      offsets: [offsetOf(6), offsetOf(9, 1)],
      nextProducerId: 2_000,
    })
  })

  test('says from where on a crash leaves something to read', () => {
    const logs = open(temporaryDirectory())
    logs.append([ORDERS, offsetOf(1)], NOW_MS, false)
    expect(logs.checkpoints).toEqual([
      { topic: '__ringlog_metadata', partition: 0, logStartOffset: 0, recoveryPoint: 1 },
      { topic: '__consumer_offsets', partition: 0, logStartOffset: 0, recoveryPoint: 0 },
    ])
    logs.append([offsetOf(2)], NOW_MS, true)
    expect(logs.checkpoints[1]).toMatchObject({ recoveryPoint: 2 })
    logs.close()
  })

  test('stays small: what is alive is written anew, and the rest goes', () => {
    const directory = temporaryDirectory()
    const logs = open(directory)
    const many = Array.from({ length: 200 }, (_, partition) =>
      offsetOf(0, partition, 'x'.repeat(100)),
    )
    logs.append([offsetOf(7, 1_000)], NOW_MS, true)
    for (let offset = 1; offset <= 200; offset++) {
      logs.append(
        many.map((record) => ({ ...record, offset })),
        NOW_MS,
        false,
      )
    }
    const [, offsets] = logs.checkpoints
    expect(offsets!.logStartOffset).toBeGreaterThan(30_000)
    const names = nodeFileSystem.list(`${directory}/__consumer_offsets-0`)
    expect(names.filter((name) => name.endsWith('.log'))).toHaveLength(1)
    const again = open(directory)
    expect(again.snapshot.offsets).toHaveLength(201)
    expect(again.snapshot.offsets).toContainEqual(offsetOf(7, 1_000))
    expect(again.snapshot.offsets).toContainEqual({ ...many[199]!, offset: 200 })
  })

  test('is not written any more after a sync that failed', () => {
    let isFailing = false
    const failing: FileSystem = {
      ...nodeFileSystem,
      sync(descriptor) {
        if (isFailing) throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fdatasync' })
        nodeFileSystem.sync(descriptor)
      },
    }
    const directory = temporaryDirectory()
    const logs = open(directory, failing)
    const isTrusted = (): boolean =>
      nodeFileSystem.list(`${directory}/__ringlog_metadata-0`).includes('.no-sync-failed')
    expect(isTrusted()).toBe(true)
    isFailing = true
    const append = (): void => logs.append([ORDERS], NOW_MS, false)
    expect(append).toThrow(expect.objectContaining({ code: 'KAFKA_STORAGE_ERROR' }) as Error)
    expect(isTrusted()).toBe(false) // D-32
    isFailing = false
    expect(append).toThrow(/is not written any more/) // D-8
    logs.close()
  })
})
