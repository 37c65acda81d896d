import {
  booleanOption,
  callbackOption,
  choiceOption,
  durationMsOption,
  integerOption,
  nameOption,
  resolveOptions,
  serdeOption,
  show,
  waitStrategyOption,
  type IsolationLevel,
  type Option,
  type OptionTable,
  type OwnOptions,
  type Resolved,
  type Serde,
  type TopicPartition,
  type WaitStrategy,
} from '@ringlog/core/internal'
import { isAbsolute } from 'node:path'

/** Where to go on when a position is not, or no longer, within the log. */
export type AutoOffsetReset = 'earliest' | 'latest' | 'none'

/** The configuration of a consumer. Kafka's names, in camel case, with their units. */
export interface ConsumerConfig<K = Buffer | null, V = Buffer | null> {
  /** The group that the consumer belongs to, and commits for. Without one it can `assign` alone. */
  groupId?: string | undefined
  /**
   * Makes it a static member: when it goes, its partitions are kept for it for `sessionTimeoutMs`, and
   * a consumer of the same id that comes meanwhile has them, without a rebalance. Unique in the group.
   */
  groupInstanceId?: string | undefined
  /**
   * Where to start, and where to go on from a position outside the log. Default `"earliest"` (Kafka:
   * `"latest"`): the log is as young as the process, and `"latest"` would only drop what was just
   * written. Where the log's start has passed what a group has committed, `"latest"` goes on from the
   * start as well: the group wants all that it has not had. `"none"`: `assign` rejects with NO_OFFSET_FOR_PARTITION, a poll with
   * OFFSET_OUT_OF_RANGE.
   */
  autoOffsetReset?: AutoOffsetReset | undefined
  /**
   * Whether what was handed out is committed by itself, as soon as it counts as consumed: at the next
   * poll. Default `true` with a group; without one there is nothing to commit to.
   */
  autoCommit?: boolean | undefined
  /**
   * How often, at the most. Default 0: at every poll. A commit is one store in shared memory; Kafka's
   * 5,000 would hold a full ring for 5 s. Whatever it is, a poll that waits, a partition that is given
   * up and `close` commit.
   */
  autoCommitIntervalMs?: number | undefined
  /**
   * Without a group: whether a full ring of a `"block"` or `"reject"` topic waits for this consumer.
   * Default `true`; `false`: an observer, which can be overtaken. With a group its commits hold.
   */
  gating?: boolean | undefined
  /** The most records that one poll hands out; `Infinity` is allowed. Default 500. */
  maxPollRecords?: number | undefined
  /**
   * The most bytes of one partition in one poll, but always a whole batch; one that is compressed counts
   * with what it is decompressed. Default 1,048,576.
   */
  maxPartitionFetchBytes?: number | undefined
  /** The most bytes in one poll, counted as those of a partition. Default 52,428,800. */
  fetchMaxBytes?: number | undefined
  /**
   * How long a member may go without polling before its group puts it out and gives its partitions to
   * others. A poll that waits counts as polling, however long. Default 300,000.
   */
  maxPollIntervalMs?: number | undefined
  /** How long a static member's partitions are kept for it while it is away. Default 45,000. */
  sessionTimeoutMs?: number | undefined
  /**
   * How the group's partitions are divided: `"sticky"` (default: evenly, moving as few as possible),
   * `"range"` or `"roundRobin"` (as Kafka's), or the URL or absolute path of a module that exports
   * `assign`. Members of one group should name the same.
   */
  assignor?: 'range' | 'roundRobin' | 'sticky' | URL | (string & {}) | undefined
  /**
   * Called when records were gone before they were handed out, because the log's start had passed the
   * position: an `"evict"` topic or an observer that was too slow, retention, `deleteRecords` (as in
   * Kafka, whose consumers cannot tell them apart). So many offsets of that partition are left out; the
   * poll goes on where `autoOffsetReset` says. Also counted, as `recordsMissed` of `metrics()`. Not called
   * with `"none"`, where an error says it; nor for what was gone already when it was sought or assigned.
   *
   * Called within a poll, before it hands anything out; what it throws, the poll rejects with.
   */
  onRecordsMissed?: ((at: TopicPartition, count: number) => void) | undefined
  /**
   * Whether records of transactions that are not committed are read, on a cluster that has such. `"read_committed"`:
   * those that were aborted are passed over, and the log ends before the first that is undecided. Default
   * `"read_uncommitted"`, as Kafka's. A log of this process has no transactions.
   */
  isolationLevel?: IsolationLevel | undefined
  /** How a poll waits for records. Default `"park"`. */
  waitStrategy?: WaitStrategy | undefined
  /** Makes keys of bytes, when they are read. Without one a key is its bytes. */
  keySerde?: Serde<K> | undefined
  /** Makes values of bytes, when they are read. Without one a value is its bytes. */
  valueSerde?: Serde<V> | undefined
  /** Names the consumer in messages. */
  clientId?: string | undefined
}

export interface ResolvedConsumerConfig {
  readonly groupId: string | null
  readonly groupInstanceId: string | null
  readonly autoCommit: boolean
  readonly autoCommitIntervalMs: number
  readonly maxPollIntervalMs: number
  readonly sessionTimeoutMs: number
  readonly assignor: string | URL
  readonly autoOffsetReset: AutoOffsetReset
  readonly gating: boolean
  readonly maxPollRecords: number
  readonly maxPartitionFetchBytes: number
  readonly fetchMaxBytes: number
  readonly isolationLevel: IsolationLevel
  readonly waitStrategy: WaitStrategy
  readonly keySerde: Serde<unknown> | null
  readonly valueSerde: Serde<unknown> | null
  readonly clientId: string | null
  readonly onRecordsMissed: ((at: TopicPartition, count: number) => void) | null
}

const maxPollRecordsOption: Option<number> = {
  default: 500,
  fault: (value) =>
    value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 1)
      ? null
      : `must be an integer of at least 1, or Infinity, got ${show(value)}`,
}

const BUILT_IN_ASSIGNORS: ReadonlySet<unknown> = new Set(['range', 'roundRobin', 'sticky'])

const assignorOption: Option<string | URL> = {
  default: 'sticky',
  fault: (value) => {
    const isModule =
      value instanceof URL ||
      (typeof value === 'string' && (isAbsolute(value) || URL.canParse(value)))
    if (isModule || BUILT_IN_ASSIGNORS.has(value)) return null
    return `must be "range", "roundRobin", "sticky", a URL or an absolute path, got ${show(value)}`
  },
}

const CONSUMER_OPTIONS = {
  groupId: nameOption(),
  groupInstanceId: nameOption(),
  autoCommit: booleanOption(true),
  autoCommitIntervalMs: durationMsOption(0),
  maxPollIntervalMs: durationMsOption(300_000, 1),
  sessionTimeoutMs: durationMsOption(45_000, 1),
  assignor: assignorOption,
  autoOffsetReset: choiceOption<AutoOffsetReset>('earliest', ['earliest', 'latest', 'none']),
  gating: booleanOption(true),
  maxPollRecords: maxPollRecordsOption,
  maxPartitionFetchBytes: integerOption(1_048_576, { min: 0 }),
  fetchMaxBytes: integerOption(52_428_800, { min: 0 }),
  isolationLevel: choiceOption<IsolationLevel>('read_uncommitted', [
    'read_committed',
    'read_uncommitted',
  ]),
  waitStrategy: waitStrategyOption(),
  keySerde: serdeOption(),
  valueSerde: serdeOption(),
  clientId: nameOption(),
  onRecordsMissed: callbackOption<(at: TopicPartition, count: number) => void>(),
}

/**
 * @param own What is configured, and its options beside those of a consumer; absent: a consumer.
 * @throws RinglogError INVALID_CONFIG that lists every faulty option.
 */
export function resolveConsumerConfig<K, V>(
  given: ConsumerConfig<K, V> | undefined,
): ResolvedConsumerConfig
export function resolveConsumerConfig<K, V, Own extends OptionTable>(
  given: ConsumerConfig<K, V> | undefined,
  own: OwnOptions<Own>,
): ResolvedConsumerConfig & Resolved<Own>
export function resolveConsumerConfig<K, V>(
  given: ConsumerConfig<K, V> | undefined,
  own?: OwnOptions<OptionTable>,
): ResolvedConsumerConfig {
  const { owner = 'ConsumerConfig', options } = own ?? {}
  const table = { ...CONSUMER_OPTIONS, ...options }
  return resolveOptions(owner, table, given, ({ groupId }, report) => {
    if (groupId !== null) return
    if (given?.autoCommit === true)
      report('autoCommit', 'needs a groupId: commits belong to a group')
    if (given?.groupInstanceId !== undefined) report('groupInstanceId', 'needs a groupId')
  })
}
