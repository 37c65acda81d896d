import {
  booleanOption,
  choiceOption,
  integerOption,
  nameOption,
  resolveOptions,
  serdeOption,
  show,
  waitStrategyOption,
  type Option,
  type Serde,
  type WaitStrategy,
} from '@ringlog/core/internal'

/** Where to go on when a position is not, or no longer, within the log. */
export type AutoOffsetReset = 'earliest' | 'latest' | 'none'

/** The configuration of a consumer. Kafka's names, in camel case, with their units. */
export interface ConsumerConfig<K = Buffer | null, V = Buffer | null> {
  /**
   * Where to start, and where to go on from a position outside the log. Default `"earliest"` (Kafka:
   * `"latest"`): the log is as young as the process, and `"latest"` would only drop what was just
   * written. `"none"`: `assign` rejects with NO_OFFSET_FOR_PARTITION, a poll with
   * OFFSET_OUT_OF_RANGE.
   */
  autoOffsetReset?: AutoOffsetReset
  /**
   * Whether a full ring of a `"block"` or `"reject"` topic waits for this consumer. Default `true`;
   * `false`: an observer, which can be overtaken.
   */
  gating?: boolean
  /** The most records that one poll hands out; `Infinity` is allowed. Default 500. */
  maxPollRecords?: number
  /** The most bytes of one partition in one poll, but always a whole batch. Default 1,048,576. */
  maxPartitionFetchBytes?: number
  /** The most bytes in one poll, but always a whole batch. Default 52,428,800. */
  fetchMaxBytes?: number
  /** How a poll waits for records. Default `"park"`. */
  waitStrategy?: WaitStrategy
  /** Makes keys of bytes, when they are read. Without one a key is its bytes. */
  keySerde?: Serde<K>
  /** Makes values of bytes, when they are read. Without one a value is its bytes. */
  valueSerde?: Serde<V>
  /** Names the consumer in messages. */
  clientId?: string
}

export interface ResolvedConsumerConfig {
  readonly autoOffsetReset: AutoOffsetReset
  readonly gating: boolean
  readonly maxPollRecords: number
  readonly maxPartitionFetchBytes: number
  readonly fetchMaxBytes: number
  readonly waitStrategy: WaitStrategy
  readonly keySerde: Serde<unknown> | null
  readonly valueSerde: Serde<unknown> | null
  readonly clientId: string | null
}

const maxPollRecordsOption: Option<number> = {
  default: 500,
  fault: (value) =>
    value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 1)
      ? null
      : `must be an integer of at least 1, or Infinity, got ${show(value)}`,
}

const CONSUMER_OPTIONS = {
  autoOffsetReset: choiceOption<AutoOffsetReset>('earliest', ['earliest', 'latest', 'none']),
  gating: booleanOption(true),
  maxPollRecords: maxPollRecordsOption,
  maxPartitionFetchBytes: integerOption(1_048_576, { min: 0 }),
  fetchMaxBytes: integerOption(52_428_800, { min: 0 }),
  waitStrategy: waitStrategyOption(),
  keySerde: serdeOption(),
  valueSerde: serdeOption(),
  clientId: nameOption(),
}

/** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
export function resolveConsumerConfig<K, V>(
  given: ConsumerConfig<K, V> | undefined,
): ResolvedConsumerConfig {
  return resolveOptions('ConsumerConfig', CONSUMER_OPTIONS, given)
}
