import {
  choiceOption,
  expiryMsOption,
  integerOption,
  namesOption,
  resolveOptions,
  type Option,
  type ReportFault,
} from '../config/options.ts'
import { show } from '../errors/show.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { waitStrategyOption, type WaitStrategy } from '../concurrent/wait-strategy.ts'
import {
  MAX_RING_BYTES,
  MIN_RING_BYTES,
  isRingBytes,
  maxBatchBytesOf,
} from '../ring/ring-log-layout.ts'
import { sizeOfSingleRecordBatch } from '../record/record-size.ts'

/** What to do when a ring is full: wait, drop the oldest batches, or refuse the new one. */
export type WhenFull = 'block' | 'evict' | 'reject'

/** Which time a record has: the one its producer gave it, or that of its append. */
export type TimestampType = 'createTime' | 'logAppendTime'

/** Where a topic's records are kept. */
export type TopicStorage = 'memory' | 'disk'

/** What becomes of old segments of a topic on disk. */
export type CleanupPolicy = 'delete' | 'compact'

/** The configuration of a topic; fixed when it is created, but for the number of partitions. */
export interface TopicConfig {
  /** Default 1. */
  partitions?: number | undefined
  /** Bytes of each partition's ring: a power of two from 64 KiB to 1 GiB. Default 16 MiB. */
  ringBytes?: number | undefined
  /**
   * - `"block"` (default): what a consumer holds is not overwritten; appends wait for room. Without
   *   any consumer the oldest batches make room.
   * - `"evict"`: the oldest batches make room; a reader that falls behind gets OFFSET_OUT_OF_RANGE
   *   or its reset policy.
   * - `"reject"`: what a consumer holds is not overwritten; the append fails with BUFFER_FULL.
   */
  whenFull?: WhenFull | undefined
  /**
   * Groups that hold the topic back from the start, before any of them has a member: with `"block"`
   * and `"reject"`, nothing is overwritten that they have not committed. Default: none.
   */
  gatingGroups?: string[] | undefined
  /**
   * The largest encoded batch in bytes, header included, as in Kafka. Default: the smaller of
   * 1,048,588 and `ringBytes` / 4; at most the latter.
   */
  maxMessageBytes?: number | undefined
  /**
   * For how long records are kept, in milliseconds. Batches are evicted, oldest first, once their
   * largest timestamp is longer ago, within half of this time again and at most 5 minutes. With
   * `"evict"` whether they were read or not, as in Kafka; with `"block"` and `"reject"` only what no
   * consumer and no group holds. Default: no limit (Kafka's 7 days would drop replayed records with old
   * timestamps).
   */
  retentionMs?: number | undefined
  /**
   * - `"createTime"` (default): records keep the timestamps that they were sent with.
   * - `"logAppendTime"`: all records of a batch get the time of its append.
   */
  timestampType?: TimestampType | undefined
  /** How the partition workers wait for work. Default `"park"`. */
  waitStrategy?: WaitStrategy | undefined
  /**
   * `"disk"` where the broker has a `dataDirectory`, and by default there; else `"memory"`. The options below are
   * for topics on disk alone; of those above, `whenFull: "evict"` and `gatingGroups` are not.
   */
  storage?: TopicStorage | undefined
  /**
   * What consumers see of the log: what is `"acknowledged"` (default), or all that is `"published"` in the ring,
   * which after a crash may be gone, and its offsets given to other records.
   */
  visibility?: 'acknowledged' | 'published' | undefined
  /**
   * At most so many records less one may be acknowledged and not synced: Kafka's `flush.messages`. 1: each is
   * synced before it is acknowledged, in groups. Default: none, as in Kafka: the operating system syncs.
   */
  flushMessages?: number | undefined
  /** After so many milliseconds at the latest a record is synced; holds nothing back. Default: none. */
  flushMs?: number | undefined
  /** The size of a segment file. From 1 MiB; default 1 GiB. */
  segmentBytes?: number | undefined
  /** How old a segment's first record may be before the next begins a new one. Default 7 days. */
  segmentMs?: number | undefined
  /** The oldest segments go while the log without them has at least so many bytes. Default: no limit. */
  retentionBytes?: number | undefined
  /**
   * - `"delete"` (default): the oldest segments go.
   * - `"compact"`: of records with the same key the latest stays; a record without a key is refused with
   *   INVALID_RECORD. Offsets stay as they are, and have gaps.
   * - Both, in an array: old segments go, and what is left of the others is compacted.
   */
  cleanupPolicy?: CleanupPolicy | readonly CleanupPolicy[] | undefined
  /**
   * A log is compacted once more than this share of it, 0 to 1, has been written since it was compacted last.
   * Default 0.5.
   */
  minCleanableDirtyRatio?: number | undefined
  /** For how many milliseconds a record is not compacted. Default 0. */
  minCompactionLagMs?: number | undefined
  /** After how many milliseconds a record is compacted at the latest, whatever the share. Default: no limit. */
  maxCompactionLagMs?: number | undefined
  /**
   * For how many milliseconds after it was compacted first a record without a value stays, which deletes its key.
   * Default 1 day.
   */
  deleteRetentionMs?: number | undefined
  /** `"groups"`: retention stops at what a group that is registered has not committed. Default `"nobody"`. */
  retentionHeldBy?: 'nobody' | 'groups' | undefined
}

/** A topic's configuration with every default filled in. */
export interface ResolvedTopicConfig {
  readonly partitions: number
  readonly ringBytes: number
  readonly whenFull: WhenFull
  readonly gatingGroups: readonly string[]
  readonly maxMessageBytes: number
  /** `null`: no limit. */
  readonly retentionMs: number | null
  readonly timestampType: TimestampType
  readonly waitStrategy: WaitStrategy
  readonly storage: TopicStorage
  readonly visibility: 'acknowledged' | 'published'
  /** `null`: the operating system syncs. */
  readonly flushMessages: number | null
  readonly flushMs: number | null
  readonly segmentBytes: number
  readonly segmentMs: number
  /** `null`: no limit. */
  readonly retentionBytes: number | null
  readonly cleanupPolicy: readonly CleanupPolicy[]
  readonly minCleanableDirtyRatio: number
  readonly minCompactionLagMs: number
  /** `null`: no limit. */
  readonly maxCompactionLagMs: number | null
  readonly deleteRetentionMs: number
  readonly retentionHeldBy: 'nobody' | 'groups'
}

/** Kafka's `max.message.bytes`. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588
const DEFAULT_RING_BYTES = 16 * 1024 * 1024
/** The smallest batch there is: one record without key and value. */
const MIN_MESSAGE_BYTES = sizeOfSingleRecordBatch(null, null)

const MIN_SEGMENT_BYTES = 1024 * 1024
/** What an int32 counts: a position in a file. */
const MAX_SEGMENT_BYTES = 2 ** 31 - 1
const DAY_MS = 24 * 60 * 60 * 1000

/** A number of at least 1; `null`, the default: none. */
function countOrNone(): Option<number | null> {
  return { ...integerOption(1, { min: 1 }), default: null }
}

const cleanupPolicyOption: Option<CleanupPolicy | readonly CleanupPolicy[]> = {
  default: 'delete',
  fault(value) {
    const given: readonly unknown[] = Array.isArray(value) ? value : [value]
    const isKnown = given.every((policy) => policy === 'delete' || policy === 'compact')
    if (isKnown && given.length > 0 && new Set(given).size === given.length) return null
    return `must be "delete", "compact", or both in an array, got ${show(value)}`
  },
}

const dirtyRatioOption: Option<number> = {
  default: 0.5,
  fault: (value) =>
    typeof value === 'number' && value >= 0 && value <= 1
      ? null
      : `must be a number from 0 to 1, got ${show(value)}`,
}

const ringBytesOption: Option<number> = {
  default: DEFAULT_RING_BYTES,
  fault: (value) =>
    isRingBytes(value as number)
      ? null
      : `must be a power of two from ${MIN_RING_BYTES} to ${MAX_RING_BYTES}, got ${show(value)}`,
}

const TOPIC_OPTIONS = {
  ringBytes: ringBytesOption,
  whenFull: choiceOption<WhenFull>('block', ['block', 'evict', 'reject']),
  gatingGroups: namesOption('group id'),
  maxMessageBytes: integerOption(DEFAULT_MAX_MESSAGE_BYTES, { min: MIN_MESSAGE_BYTES }),
  retentionMs: expiryMsOption(),
  timestampType: choiceOption<TimestampType>('createTime', ['createTime', 'logAppendTime']),
  waitStrategy: waitStrategyOption(),
}

/** Of topics on disk alone. */
const DISK_OPTIONS = {
  visibility: choiceOption<'acknowledged' | 'published'>('acknowledged', [
    'acknowledged',
    'published',
  ]),
  flushMessages: countOrNone(),
  flushMs: expiryMsOption(),
  segmentBytes: integerOption(1024 ** 3, { min: MIN_SEGMENT_BYTES, max: MAX_SEGMENT_BYTES }),
  segmentMs: integerOption(7 * DAY_MS, { min: 1 }),
  retentionBytes: countOrNone(),
  cleanupPolicy: cleanupPolicyOption,
  minCleanableDirtyRatio: dirtyRatioOption,
  minCompactionLagMs: integerOption(0, { min: 0 }),
  maxCompactionLagMs: countOrNone(),
  deleteRetentionMs: integerOption(DAY_MS, { min: 0 }),
  retentionHeldBy: choiceOption<'nobody' | 'groups'>('nobody', ['nobody', 'groups']),
}

/**
 * @param given What the user passed.
 * @param maxPartitions How many partitions the broker may still start.
 * @param storage Where topics are kept that do not say it: on disk where the broker has a directory.
 * @throws RinglogError INVALID_CONFIG that lists every faulty option; INVALID_PARTITIONS when the
 *   number of partitions alone is at fault.
 */
export function resolveTopicConfig(
  given: TopicConfig | undefined,
  maxPartitions: number,
  storage: TopicStorage = 'memory',
): ResolvedTopicConfig {
  const table = {
    partitions: integerOption(1, { min: 1, max: maxPartitions }),
    ...TOPIC_OPTIONS,
    storage: choiceOption<TopicStorage>(storage, ['memory', 'disk']),
    ...DISK_OPTIONS,
  }
  try {
    const config = resolveOptions('TopicConfig', table, given, (together, report) => {
      checkMaxMessageBytes(together, given?.maxMessageBytes !== undefined, report)
      checkStorage(together, given ?? {}, storage, report)
      checkCompactionLags(together, report)
    })
    if (config.partitions > maxPartitions) throw invalidPartitions(undefined, maxPartitions)
    const maxMessageBytes = Math.min(config.maxMessageBytes, maxBatchBytesOf(config.ringBytes))
    const cleanupPolicy = [config.cleanupPolicy].flat()
    return Object.freeze({ ...config, maxMessageBytes, cleanupPolicy })
  } catch (error) {
    throw isPartitionsAlone(error) ? invalidPartitions(given?.partitions, maxPartitions) : error
  }
}

function checkMaxMessageBytes(
  config: { ringBytes: number; maxMessageBytes: number },
  isGiven: boolean,
  report: ReportFault,
): void {
  const limit = maxBatchBytesOf(config.ringBytes)
  if (!isGiven || config.maxMessageBytes <= limit) return
  report(
    'maxMessageBytes',
    `must be at most a quarter of ringBytes, ${limit}, got ${config.maxMessageBytes}`,
  )
}

/** Source: Apache Kafka, `LogConfig.validateTopicLogConfigValues`. */
function checkCompactionLags(
  config: { minCompactionLagMs: number; maxCompactionLagMs: number | null },
  report: ReportFault,
): void {
  const { minCompactionLagMs, maxCompactionLagMs } = config
  if (maxCompactionLagMs === null || minCompactionLagMs <= maxCompactionLagMs) return
  report(
    'minCompactionLagMs',
    `must be at most maxCompactionLagMs, ${maxCompactionLagMs}, got ${minCompactionLagMs}`,
  )
}

function checkStorage(
  config: { storage: TopicStorage; whenFull: WhenFull; gatingGroups: readonly string[] },
  given: TopicConfig,
  defaultStorage: TopicStorage,
  report: ReportFault,
): void {
  if (config.storage === 'memory') {
    for (const option of Object.keys(DISK_OPTIONS) as Array<keyof typeof DISK_OPTIONS>) {
      if (given[option] !== undefined) report(option, 'is for topics with storage "disk" alone')
    }
    return
  }
  if (defaultStorage === 'memory') {
    report('storage', 'may be "disk" only where the broker has a dataDirectory, got "disk"')
  }
  if (config.whenFull === 'evict') {
    report(
      'whenFull',
      'must be "block" or "reject" with storage "disk", got "evict": retention deletes there',
    )
  }
  if (config.gatingGroups.length > 0) {
    report(
      'gatingGroups',
      'must be empty with storage "disk": a group that falls behind reads there',
    )
  }
}

function isPartitionsAlone(error: unknown): boolean {
  if (!RinglogError.is(error, 'INVALID_CONFIG')) return false
  const faults = error.details['faults'] as ReadonlyArray<{ option: string }>
  return faults.every(({ option }) => option === 'partitions')
}

function invalidPartitions(partitions: unknown, maxPartitions: number): RinglogError {
  return new RinglogError(
    'INVALID_PARTITIONS',
    maxPartitions < 1
      ? 'the broker has all the partitions that its maxPartitions allows'
      : `the number of partitions must be an integer from 1 to ${maxPartitions}, ` +
          `what the broker's maxPartitions leaves; got ${show(partitions)}`,
    { details: { partitions: show(partitions), maxPartitions } },
  )
}
