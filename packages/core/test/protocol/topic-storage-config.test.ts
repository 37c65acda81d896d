import { RinglogError, type TopicConfig } from '@ringlog/core'
import { resolveTopicConfig, type TopicStorage } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

const MAX_PARTITIONS = 1024
const MIB = 1024 * 1024

/** What a user without types may pass. */
type Loose = Partial<Record<keyof TopicConfig, unknown>>

const onDisk = (given?: Loose): object =>
  resolveTopicConfig(given as TopicConfig | undefined, MAX_PARTITIONS, 'disk')

/** The options that an INVALID_CONFIG finds at fault. */
function faultsOf(given: Loose, storage: TopicStorage): unknown {
  try {
    resolveTopicConfig(given as TopicConfig, MAX_PARTITIONS, storage)
  } catch (error) {
    if (RinglogError.is(error, 'INVALID_CONFIG')) return error.details['faults']
    throw error
  }
  throw new Error('nothing was refused')
}

const faultsOnDisk = (given: Loose): unknown => faultsOf(given, 'disk')
const faultsInMemory = (given: Loose): unknown => faultsOf(given, 'memory')

describe('where a topic is kept', () => {
  test('is on disk where the broker has a directory, unless it says memory', () => {
    expect(onDisk()).toMatchObject({ storage: 'disk', visibility: 'acknowledged' })
    expect(onDisk({ storage: 'disk' })).toMatchObject({ storage: 'disk' })
    expect(onDisk({ storage: 'memory', whenFull: 'evict' })).toMatchObject({ storage: 'memory' })
  })

  test('is not on disk where the broker has no directory', () => {
    expect(faultsInMemory({ storage: 'disk' })).toEqual([
      {
        option: 'storage',
        fault: 'may be "disk" only where the broker has a dataDirectory, got "disk"',
      },
    ])
  })

  test('decides which options there are', () => {
    const ofDisk = {
      visibility: 'published',
      flushMessages: 1,
      flushMs: 100,
      segmentBytes: MIB,
      segmentMs: 1,
      retentionBytes: 1,
      cleanupPolicy: ['compact', 'delete'],
      minCleanableDirtyRatio: 0,
      minCompactionLagMs: 1,
      maxCompactionLagMs: 2,
      deleteRetentionMs: 0,
      retentionHeldBy: 'groups',
    }
    expect(onDisk(ofDisk)).toMatchObject(ofDisk)
    const fault = 'is for topics with storage "disk" alone'
    expect(faultsInMemory(ofDisk)).toEqual(Object.keys(ofDisk).map((option) => ({ option, fault })))
    expect(faultsOnDisk({ whenFull: 'evict', gatingGroups: ['a'] })).toMatchObject([
      { option: 'whenFull' },
      { option: 'gatingGroups' },
    ])
  })

  test.each<[Loose, RegExp]>([
    [{ storage: 'tape' }, /^must be one of "memory", "disk", got "tape"$/],
    [{ visibility: 'all' }, /^must be one of /],
    [{ flushMessages: 0 }, /^must be an integer of at least 1, got 0$/],
    [{ flushMs: 0.5 }, /^must be an integer of at least 1, in milliseconds/],
    [{ segmentBytes: MIB - 1 }, /^must be an integer from 1048576 to 2147483647, got 1048575$/],
    [{ segmentBytes: 2 ** 31 }, /^must be an integer from 1048576 to 2147483647/],
    [{ segmentMs: 0 }, /^must be an integer of at least 1/],
    [{ retentionBytes: '1 GiB' }, /^must be an integer of at least 1, got "1 GiB"$/],
    [{ cleanupPolicy: [] }, /^must be "delete", "compact", or both in an array, got /],
    [{ cleanupPolicy: ['compact', 'compact'] }, /^must be "delete", "compact", or both/],
    [{ cleanupPolicy: 'keep' }, /^must be "delete", "compact", or both .*, got "keep"$/],
    [{ minCleanableDirtyRatio: 1.5 }, /^must be a number from 0 to 1, got 1.5$/],
    [{ minCleanableDirtyRatio: Number.NaN }, /^must be a number from 0 to 1, got NaN$/],
    [{ minCompactionLagMs: -1 }, /^must be an integer of at least 0, got -1$/],
    [{ maxCompactionLagMs: 0 }, /^must be an integer of at least 1, got 0$/],
    [
      { minCompactionLagMs: 2, maxCompactionLagMs: 1 },
      /^must be at most maxCompactionLagMs, 1, got 2$/,
    ],
    [{ deleteRetentionMs: '1 day' }, /^must be an integer of at least 0, got "1 day"$/],
    [{ retentionHeldBy: 'all' }, /^must be one of "nobody", "groups", got "all"$/],
  ])('may not be so: %o', (given, fault) => {
    const [option] = Object.keys(given)
    expect(faultsOnDisk(given)).toEqual([
      { option, fault: expect.stringMatching(fault) as unknown as string },
    ])
  })
})
