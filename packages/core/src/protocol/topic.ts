import {
  choiceOption,
  integerOption,
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
import { sizeOfSingleRecordBatch } from '../record/record-batch-builder.ts'

/** What to do when a ring is full: wait, drop the oldest batches, or refuse the new one. */
export type WhenFull = 'block' | 'evict' | 'reject'

/** The configuration of a topic; fixed when it is created. */
export interface TopicConfig {
  /** Default 1. */
  partitions?: number
  /** Bytes of each partition's ring: a power of two from 64 KiB to 1 GiB. Default 16 MiB. */
  ringBytes?: number
  /**
   * - `"block"` (default): what a consumer holds is not overwritten; appends wait for room. Without
   *   any consumer the oldest batches make room.
   * - `"evict"`: the oldest batches make room; a reader that falls behind gets OFFSET_OUT_OF_RANGE
   *   or its reset policy.
   * - `"reject"`: what a consumer holds is not overwritten; the append fails with BUFFER_FULL.
   */
  whenFull?: WhenFull
  /**
   * The largest encoded batch in bytes, header included, as in Kafka. Default: the smaller of
   * 1,048,588 and `ringBytes` / 4; at most the latter.
   */
  maxMessageBytes?: number
  /** How the partition workers wait for work. Default `"park"`. */
  waitStrategy?: WaitStrategy
}

/** A topic's configuration with every default filled in. */
export interface ResolvedTopicConfig {
  readonly partitions: number
  readonly ringBytes: number
  readonly whenFull: WhenFull
  readonly maxMessageBytes: number
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
  maxMessageBytes: integerOption(DEFAULT_MAX_MESSAGE_BYTES, { min: MIN_MESSAGE_BYTES }),
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

/** What a producer must know of a topic. */
export interface TopicMetadata {
  readonly topic: string
  readonly partitionCount: number
  /** The same, kept up to date: see `PartitionCountWord`. */
  readonly partitionCountWord: SharedArrayBuffer
  readonly maxMessageBytes: number
}

/** The state of a partition: whether its worker runs. */
export type PartitionState = 'online' | 'offline'

export interface PartitionDescription {
  readonly partition: number
  readonly state: PartitionState
}

/** What `describeTopic` tells. */
export interface TopicDescription {
  readonly name: string
  readonly partitions: readonly PartitionDescription[]
  readonly config: ResolvedTopicConfig
}

/** Where a partition stands, in the article's words and in Kafka's. */
export interface PartitionOffsets {
  partition: number
  /** The article's: the offset of the last record written; -1: none. */
  logEndOffset: number
  /** The article's: the last record handed to the group; -1: none. */
  currentOffset: number
  /** The article's: the last record that the group has marked as consumed; -1: none. */
  committedOffset: number
  /** Kafka's: the first offset in the log. */
  logStartOffset: number
  /** Kafka's: the offset that the next record gets. */
  endOffset: number
  /** Kafka's: the next offset that the group reads; `null`: none. */
  position: number | null
  /** Kafka's: the committed offset, the next to read; `null`: none. */
  committed: number | null
  /** `endOffset - (committed ?? logStartOffset)`. */
  lag: number
}
