import type { TopicPartition } from '../topic-partition.ts'

/**
 * Kafka's names, as `describeGroup` tells them:
 *
 * - `empty`: no members; the group keeps its offsets, and holds full rings.
 * - `assigning`: the assignor failed, so the latest change has no assignment yet.
 * - `reconciling`: members have still to let go of partitions, or to take them.
 * - `stable`: every member has what it is to have.
 */
export type GroupState = 'empty' | 'assigning' | 'reconciling' | 'stable'

/** A member of a group. */
export interface GroupMemberDescription {
  readonly memberId: string
  /** The `groupInstanceId` of a static member; `null`: a dynamic one. */
  readonly instanceId: string | null
  readonly clientId: string
  /** Kafka's member epoch: the latest group epoch whose assignment it has reached. */
  readonly epoch: number
  /** False: a static member that is away; its partitions are kept until its session times out. */
  readonly isLive: boolean
  /** The topics it subscribes to that exist. */
  readonly topics: readonly string[]
  /** What it owns now, what it is letting go included. */
  readonly assignment: readonly TopicPartition[]
  /** What it is to own. */
  readonly target: readonly TopicPartition[]
}

/** Where a group stands on a partition, in Kafka's words: offsets are the next to read. */
export interface GroupPartitionDescription extends TopicPartition {
  /** The member, or the consumer that assigned it to itself, which has it now; `null`: none. */
  readonly memberId: string | null
  readonly clientId: string | null
  /** `null`: nothing is committed. */
  readonly committed: number | null
  /** What was written beside the commit; `''`: nothing. */
  readonly metadata: string
  /** `null`: nothing was handed out yet. */
  readonly position: number | null
  readonly logStartOffset: number
  readonly endOffset: number
  /** `endOffset - (committed ?? logStartOffset)`. */
  readonly lag: number
}

/** What `describeGroup` tells. */
export interface GroupDescription {
  readonly groupId: string
  readonly state: GroupState
  /** Rises with every change that asks for a new assignment. */
  readonly epoch: number
  /** The name of the assignor in use; `null`: none was needed yet. */
  readonly assignor: string | null
  readonly members: readonly GroupMemberDescription[]
  /** By topic and partition: all that the group has offsets on. */
  readonly partitions: readonly GroupPartitionDescription[]
}

/**
 * Where `resetGroupOffsets` sets a group's committed offsets: to the log's start or end, to an offset,
 * to the first record of a time on (the log's end where there is none), or so many records further on
 * (negative: back). Always within the log.
 *
 * `partitions`: those alone, also such as the group has never had; absent: all that it has offsets on.
 *
 * Source: the options of Kafka's `kafka-consumer-groups.sh --reset-offsets`.
 */
export type ResetTarget =
  | 'earliest'
  | 'latest'
  | { to: 'earliest' | 'latest'; partitions?: TopicPartition[] | undefined }
  | { offset: number; partitions?: TopicPartition[] | undefined }
  | { timestamp: number; partitions?: TopicPartition[] | undefined }
  | { shift: number; partitions?: TopicPartition[] | undefined }
