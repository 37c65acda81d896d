import { RinglogError, type TopicConfig } from '@ringlog/core'
import { resolveTopicConfig } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

const MAX_PARTITIONS = 1024
const KIB = 1024
const MIB = 1024 * KIB
const DAY_MS = 24 * 60 * 60 * 1000
const KAFKA_MAX_MESSAGE_BYTES = 1_048_588

/** What a user without types may pass. */
type Loose = Partial<Record<keyof TopicConfig, unknown>>

const resolve = (given?: Loose | null, maxPartitions = MAX_PARTITIONS): object =>
  resolveTopicConfig(given as TopicConfig, maxPartitions)

function refusal(given: Loose | null, maxPartitions = MAX_PARTITIONS): RinglogError {
  try {
    resolve(given, maxPartitions)
  } catch (error) {
    if (RinglogError.is(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** The options that an INVALID_CONFIG finds at fault. */
function faultsOf(given: Loose): unknown {
  const error = refusal(given)
  expect(error.code).toBe('INVALID_CONFIG')
  return error.details['faults']
}

describe('the configuration of a topic', () => {
  const defaults = {
    partitions: 1,
    ringBytes: 16 * MIB,
    whenFull: 'block',
    gatingGroups: [],
    maxMessageBytes: KAFKA_MAX_MESSAGE_BYTES,
    retentionMs: null,
    timestampType: 'createTime',
    waitStrategy: 'park',
    storage: 'memory',
    visibility: 'acknowledged',
    flushMessages: null,
    flushMs: null,
    segmentBytes: 1024 * MIB,
    segmentMs: 7 * DAY_MS,
    retentionBytes: null,
    cleanupPolicy: ['delete'],
    minCleanableDirtyRatio: 0.5,
    minCompactionLagMs: 0,
    maxCompactionLagMs: null,
    deleteRetentionMs: DAY_MS,
    retentionHeldBy: 'nobody',
  }

  test('has defaults for everything', () => {
    expect(resolve()).toEqual(defaults)
    expect(resolve({})).toEqual(defaults)
    const nothing = { partitions: undefined, ringBytes: undefined, maxMessageBytes: undefined }
    expect(resolve(nothing)).toEqual(defaults)
  })

  test('has what is given', () => {
    const given = {
      partitions: 3,
      ringBytes: 64 * KIB,
      whenFull: 'evict',
      gatingGroups: ['billing', 'audit'],
      maxMessageBytes: 16 * KIB,
      retentionMs: 60_000,
      timestampType: 'logAppendTime',
      waitStrategy: { spinMicros: 20 },
    }
    expect(resolve(given)).toEqual({ ...defaults, ...given })
    expect(resolve({ whenFull: 'reject' })).toEqual({ ...defaults, whenFull: 'reject' })
  })

  test('is frozen', () => {
    expect(Object.isFrozen(resolve({}))).toBe(true)
  })

  test('is refused where it is no object', () => {
    expect(refusal(null)).toMatchObject({
      code: 'INVALID_CONFIG',
      message: 'TopicConfig must be an object, got null',
    })
  })
})

describe('the size of a ring', () => {
  test.each([64 * KIB, 128 * KIB, 256 * MIB, 1024 * MIB])('may be %i', (ringBytes) => {
    expect(resolve({ ringBytes })).toMatchObject({ ringBytes })
  })

  test.each<[unknown, string]>([
    [0, '0'],
    [-64 * KIB, '-65536'],
    [65_536.5, '65536.5'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    ['65536', '"65536"'],
    [65_536n, '65536n'],
    [null, 'null'],
    [32 * KIB, '32768'],
    [64 * KIB + 1, '65537'],
    [96 * KIB, '98304'],
    [2048 * MIB, '2147483648'],
    [2 ** 40, '1099511627776'],
  ])('may not be %s', (ringBytes, shown) => {
    expect(faultsOf({ ringBytes })).toEqual([
      {
        option: 'ringBytes',
        fault: `must be a power of two from 65536 to 1073741824, got ${shown}`,
      },
    ])
  })
})

describe('the largest message', () => {
  test('is by default Kafka’s, or a quarter of the ring where that is less', () => {
    const byRing = [64 * KIB, 128 * KIB, 2 * MIB, 4 * MIB, 8 * MIB, 64 * MIB].map((ringBytes) => {
      const { maxMessageBytes } = resolveTopicConfig({ ringBytes }, MAX_PARTITIONS)
      return maxMessageBytes
    })
    const capped = KAFKA_MAX_MESSAGE_BYTES
    expect(byRing).toEqual([16 * KIB, 32 * KIB, 512 * KIB, 1 * MIB, capped, capped])
  })

  test('may be a quarter of the ring, and no more', () => {
    const ringBytes = 64 * KIB
    expect(resolve({ ringBytes, maxMessageBytes: 16 * KIB })).toMatchObject({
      maxMessageBytes: 16 * KIB,
    })
    expect(faultsOf({ ringBytes, maxMessageBytes: 16 * KIB + 1 })).toEqual([
      {
        option: 'maxMessageBytes',
        fault: 'must be at most a quarter of ringBytes, 16384, got 16385',
      },
    ])
    expect(faultsOf({ maxMessageBytes: 4 * MIB + 1 })).toHaveLength(1)
  })

  test('may be larger than Kafka’s default where it is given', () => {
    const maxMessageBytes = 4 * MIB
    expect(resolve({ maxMessageBytes })).toMatchObject({ maxMessageBytes })
  })

  test('holds at least the smallest batch there is', () => {
    expect(resolve({ maxMessageBytes: 68 })).toMatchObject({ maxMessageBytes: 68 })
    for (const maxMessageBytes of [67, 0, -1]) {
      expect(faultsOf({ maxMessageBytes })).toEqual([
        {
          option: 'maxMessageBytes',
          fault: `must be an integer of at least 68, got ${maxMessageBytes}`,
        },
      ])
    }
  })

  test.each([1000.5, NaN, '1000', null])('may not be %o', (maxMessageBytes) => {
    expect(faultsOf({ maxMessageBytes })).toMatchObject([{ option: 'maxMessageBytes' }])
  })
})

describe('the other options of a topic', () => {
  test.each(['drop', 'Block', '', null, 1])('whenFull may not be %o', (whenFull) => {
    expect(faultsOf({ whenFull })).toMatchObject([
      {
        option: 'whenFull',
        fault: expect.stringMatching(/^must be one of "block", "evict", "rej/),
      },
    ])
  })

  test.each<[unknown, string]>([
    ['billing', 'must be an array of group ids, got "billing"'],
    [null, 'must be an array of group ids, got null'],
    [['a', ''], 'must hold non-empty strings, got ""'],
    [['a', 7], 'must hold non-empty strings, got 7'],
    [[undefined], 'must hold non-empty strings, got undefined'],
    [['a', 'b', 'a'], 'must name each group id once, got "a" twice'],
  ])('gatingGroups may not be %o', (gatingGroups, fault) => {
    expect(faultsOf({ gatingGroups })).toEqual([{ option: 'gatingGroups', fault }])
  })

  test.each([0, -1, 0.5, NaN, Infinity, '1000', null])('retentionMs may not be %o', (given) => {
    expect(faultsOf({ retentionMs: given })).toMatchObject([
      {
        option: 'retentionMs',
        fault: expect.stringMatching(/^must be an integer of at least 1, in milliseconds, or left/),
      },
    ])
  })

  test.each(['CreateTime', '', null, 0])('timestampType may not be %o', (timestampType) => {
    expect(faultsOf({ timestampType })).toMatchObject([
      {
        option: 'timestampType',
        fault: expect.stringMatching(/^must be one of "createTime", "logAppendTime", got /),
      },
    ])
  })

  test.each(['sleep', null, { spinMicros: -1 }, { spinMicros: '5' }, {}])(
    'waitStrategy may not be %o',
    (waitStrategy) => {
      expect(faultsOf({ waitStrategy })).toMatchObject([{ option: 'waitStrategy' }])
    },
  )
})

describe('the number of partitions', () => {
  test('may be what the broker has left, and no more', () => {
    expect(resolve({ partitions: 7 }, 7)).toMatchObject({ partitions: 7 })
    expect(refusal({ partitions: 8 }, 7).code).toBe('INVALID_PARTITIONS')
  })

  test('is refused, also the default of one, where the broker has none left', () => {
    for (const given of [undefined, {}, { partitions: 1 }]) {
      expect(refusal(given as Loose, 0)).toMatchObject({
        code: 'INVALID_PARTITIONS',
        message: 'the broker has all the partitions that its maxPartitions allows',
      })
    }
  })

  test.each<[unknown, string]>([
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    ['3', '"3"'],
    [NaN, 'NaN'],
    [null, 'null'],
    [MAX_PARTITIONS + 1, '1025'],
  ])('is refused by a code of its own: %o', (partitions, shown) => {
    const error = refusal({ partitions, whenFull: 'evict' })
    expect(error.code).toBe('INVALID_PARTITIONS')
    expect(error.message).toBe(
      'the number of partitions must be an integer from 1 to 1024, ' +
        `what the broker's maxPartitions leaves; got ${shown}`,
    )
    expect(error.details).toEqual({ partitions: shown, maxPartitions: MAX_PARTITIONS })
  })

  test('is one fault among others where there are others', () => {
    const faults = faultsOf({ partitions: 0, ringBytes: 5, whenFull: 'drop', maxMessageBytes: 1 })
    expect(faults).toMatchObject([
      { option: 'partitions', fault: 'must be an integer from 1 to 1024, got 0' },
      { option: 'ringBytes' },
      { option: 'whenFull' },
      { option: 'maxMessageBytes' },
    ])
    expect(faultsOf({ partitions: 0, shards: 3 } as Loose)).toMatchObject([
      { option: 'shards' },
      { option: 'partitions' },
    ])
  })
})
