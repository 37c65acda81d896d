import type {
  CommitDescription,
  GroupDescription,
  GroupSubscription,
  ResetTarget,
  StartPosition,
  TopicPartition,
} from '@ringlog/core/internal'
import type { ConsumerDescription, OpenPartitionMemory } from './consumer-description.ts'

/** What the controller offers to clients on behalf of groups. */
export interface GroupService {
  /**
   * Admits a member. Answers once all that nobody else holds at this moment is granted to it, with
   * those grants.
   */
  joinGroup(request: JoinGroupMessage): Promise<MemberAnswer>
  /** See `GroupDriver.reconcile`. */
  reconcileGroup(
    groupId: string,
    memberId: string,
    released: readonly TopicPartition[],
  ): Promise<MemberAnswer>
  /** Answers as `joinGroup`. */
  changeSubscription(
    groupId: string,
    memberId: string,
    subscription: GroupSubscription,
  ): Promise<MemberAnswer>
  /** Answers when nothing of the group is the member's any more. */
  leaveGroup(groupId: string, memberId: string): Promise<void>
  /** What a group has committed; `null`: nothing. */
  committedOffset(groupId: string, partition: TopicPartition): number | null
  /** Keeps what a consumer, or a member, writes beside its commits. */
  describeCommits(groupId: string, consumerId: string, commits: readonly CommitDescription[]): void
  /** Answers once what a group has committed by now is on disk, as its topics want that. */
  storeCommits(groupId: string): Promise<void>
  listGroups(): string[]
  describeGroup(groupId: string): GroupDescription
  deleteGroup(groupId: string): Promise<void>
  resetGroupOffsets(groupId: string, to: ResetTarget): Promise<void>
}

/** A consumer that subscribes. */
export interface JoinGroupMessage {
  readonly groupId: string
  /** Its `consumerId` is the member id: a new one for each time that the consumer joins. */
  readonly consumer: ConsumerDescription
  /** See `member-memory.ts` of core. */
  readonly memory: SharedArrayBuffer
  readonly instanceId: string | null
  readonly subscription: GroupSubscription
  /** A built-in's name, an absolute path, or a URL. */
  readonly assignor: string
  readonly sessionTimeoutMs: number
  readonly maxPollIntervalMs: number
  /** Where the group starts on partitions that it has never had. */
  readonly start: StartPosition
}

/** The answer to a member that joins or reconciles: see `MemberAssignment`. */
export interface MemberAnswer {
  readonly assignmentEpoch: number
  readonly granted: readonly OpenPartitionMemory[]
  readonly toRelease: readonly TopicPartition[]
}
