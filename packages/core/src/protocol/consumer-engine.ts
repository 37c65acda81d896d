import type { TopicPartition } from '../topic-partition.ts'
import type { ConsumerDoorbell } from './consumer-doorbell.ts'
import type { EngineBase, EngineCallOptions } from './engine.ts'
import type { FetchOptions, IsolationLevel } from './fetch-options.ts'
import type { GroupChange, GroupMembership, JoinGroupRequest } from './group-membership.ts'
import type { ListedOffset } from './listed-offset.ts'
import type { OpenPartition } from './open-partition.ts'

/** The log as a Consumer and a ConsumerPool see it. */
export interface ConsumerEngine extends EngineBase {
  readonly blocking: Blocking

  /**
   * Looks whether the log still runs, for a thread that blocks and so receives no message of its end: from
   * then on `closedError` says that it has ended.
   */
  noticeEnd(): void

  /** The file that a consumer pool's threads begin with; absent or `null`: that of the pool's package. */
  readonly poolWorkerUrl?: string | null | undefined

  /** Opens partitions for reading: positions are fixed, and hold records back, when this resolves. */
  openPartitions(
    request: OpenPartitionsRequest,
    options?: EngineCallOptions,
  ): Promise<OpenPartition[]>

  /**
   * Looks offsets up, in the order asked for; `null`: no record is so new. Nothing is held back by it.
   *
   * Source: Kafka's `ListOffsets`.
   */
  listOffsets(
    partitions: readonly TopicPartition[],
    at: ListedOffset,
    options?: ListOffsetsOptions,
  ): Promise<Array<number | null>>

  /**
   * Admits a consumer to a group; resolves once all that nobody else holds at this moment is granted
   * to it.
   *
   * @throws RinglogError INVALID_REQUEST, INVALID_CONFIG when the assignor cannot be loaded or fails.
   */
  joinGroup(
    request: JoinGroupRequest,
  ): Promise<{ membership: GroupMembership; change: GroupChange }>

  /** What a group has committed on a partition; `null`: nothing. */
  committedOffset(
    groupId: string,
    partition: TopicPartition,
    options?: EngineCallOptions,
  ): Promise<number | null>

  /** Keeps what a consumer, or a member, writes beside commits that are accepted by now. */
  describeCommits(
    groupId: string,
    consumerId: string,
    commits: readonly CommitDescription[],
    options?: EngineCallOptions,
  ): Promise<void>

  /**
   * Resolves once what a group has committed by now outlives the log's process, where it can: see
   * `PartitionCommits.areStored`. Absent: it never does.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR.
   */
  storeCommits?(groupId: string, options?: EngineCallOptions): Promise<void>

  /** Gives partitions up: they hold nothing back any more, nor ring this consumer. */
  closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void>
}

/**
 * What `pollSync` and `commitSync` do on a log.
 *
 * - `"waits"`: it serves a thread that blocks, for readers and doorbells change while that thread's event loop
 *   stands still, and commits answer at once.
 * - `"returns"`: commits answer at once; records come only as the thread's event loop turns, so `pollSync` takes
 *   what is there, and does not wait.
 * - `"polls"`: records come from other threads, so `pollSync` waits; commits are answered as the event loop turns,
 *   so `commitSync` is refused.
 * - `"refused"`: both are.
 */
export type Blocking = 'waits' | 'returns' | 'polls' | 'refused'

/** How offsets are looked up. */
export interface ListOffsetsOptions extends EngineCallOptions {
  /** Where the log has transactions, `"latest"` is the end of what is read by it. Absent: `"read_uncommitted"`. */
  readonly isolationLevel?: IsolationLevel
}

export interface OpenPartitionsRequest {
  /** Names the consumer to the log; unique in the process. */
  readonly consumerId: string
  readonly clientId: string
  readonly doorbell: ConsumerDoorbell
  /** The group that it commits for; `null`: none. */
  readonly groupId: string | null
  /** Without a group: whether its positions hold a full ring back. */
  readonly isGating: boolean
  readonly fetch: FetchOptions
  readonly partitions: readonly PartitionStart[]
}

/** What a consumer writes beside a commit. */
export interface CommitDescription extends TopicPartition {
  readonly offset: number
  readonly metadata: string
}

/** A partition, and where to start reading it. */
export interface PartitionStart extends TopicPartition {
  readonly start: StartPosition
}

/** Where to start reading: the log's start, its end, or an offset. */
export type StartPosition = 'earliest' | 'latest' | number
