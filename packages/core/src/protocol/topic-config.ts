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
}

/** Kafka's `max.message.bytes`. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588
const DEFAULT_RING_BYTES = 16 * 1024 * 1024
/** The smallest batch there is: one record without key and value. */
const MIN_MESSAGE_BYTES = sizeOfSingleRecordBatch(null, null)

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

/**
 * @param given What the user passed.
 * @param maxPartitions How many partitions the broker may still start.
 * @throws RinglogError INVALID_CONFIG that lists every faulty option; INVALID_PARTITIONS when the
 *   number of partitions alone is at fault.
 */
export function resolveTopicConfig(
  given: TopicConfig | undefined,
  maxPartitions: number,
): ResolvedTopicConfig {
  const table = { partitions: integerOption(1, { min: 1, max: maxPartitions }), ...TOPIC_OPTIONS }
  try {
    const config = resolveOptions('TopicConfig', table, given, (together, report) =>
      checkMaxMessageBytes(together, given?.maxMessageBytes !== undefined, report),
    )
    if (config.partitions > maxPartitions) throw invalidPartitions(undefined, maxPartitions)
    const maxMessageBytes = Math.min(config.maxMessageBytes, maxBatchBytesOf(config.ringBytes))
    return Object.freeze({ ...config, maxMessageBytes })
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
