import {
  listedOffset,
  partitionKey,
  startOffsetOf,
  type Clock,
  type ConsumerDoorbell,
  type ConsumerEngine,
  type EngineUser,
  type GroupChange,
  type GroupMembership,
  type JoinGroupRequest,
  type ListedOffset,
  type OpenPartition,
  type OpenPartitionsRequest,
  type StartPosition,
  type TopicPartition,
} from '@ringlog/core/internal'
import { assertThere, type MockTopics } from '../mock-topics.ts'
import { MockCommits, type CommittedOffset, type MockPartition } from './mock-commits.ts'
import { MockGroup } from './mock-group.ts'
import { MockPartitionLog } from './mock-partition-log.ts'
import { PollTasks } from './poll-tasks.ts'

/** The log of one mock consumer, in its thread: what is in it, and what its group wants, a test says. */
export class MockLog implements ConsumerEngine {
  readonly clock: Clock
  /** A thread that blocks could not play its log. */
  readonly blocking = 'refused'
  readonly group: MockGroup
  readonly tasks: PollTasks
  readonly #topics: MockTopics
  readonly #partitions = new Map<string, MockPartitionLog>()
  readonly #committed = new Map<string, CommittedOffset>()
  #doorbell: ConsumerDoorbell | null = null
  #user: EngineUser | null = null

  constructor({ clock, topics }: { readonly clock: Clock; readonly topics: MockTopics }) {
    this.clock = clock
    this.#topics = topics
    this.tasks = new PollTasks(clock, (error) => this.interrupt(error))
    this.group = new MockGroup({
      clock,
      open: (p, start) => this.#open(p, start, new MockCommits(this.committed(p))),
    })
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_TOPIC_EXCEPTION. */
  partition(at: TopicPartition): MockPartitionLog {
    const key = partitionKey(at)
    let log = this.#partitions.get(key)
    if (log === undefined) {
      assertThere(at, this.#topics)
      log = new MockPartitionLog(at)
      this.#partitions.set(key, log)
    }
    return log
  }

  /** What the group has committed on a partition. */
  committed(at: TopicPartition): CommittedOffset {
    const key = partitionKey(at)
    let committed = this.#committed.get(key)
    if (committed === undefined) {
      committed = { offset: null }
      this.#committed.set(key, committed)
    }
    return committed
  }

  /** There may be something new for the consumer. */
  ring(): void {
    this.#doorbell?.ring()
  }

  /** The consumer's pending poll, or its next, rejects with this error. */
  interrupt(error: unknown): void {
    this.#user!.interrupt!(error)
  }

  /** The consumer carries out what its group asks. */
  rebalance(): Promise<void> {
    return this.#user!.rebalance!()
  }

  closedError(): null {
    return null
  }

  noticeEnd(): void {}

  attach(user: EngineUser): () => void {
    this.#user = user
    return () => undefined
  }

  /** Only a poll keeps a consumer's thread alive: so one begins. */
  keepAlive(): () => void {
    return this.tasks.onPoll()
  }

  async openPartitions({
    partitions,
    doorbell,
    groupId,
  }: OpenPartitionsRequest): Promise<OpenPartition[]> {
    this.#doorbell = doorbell
    return partitions.map((p) => {
      const commits = groupId === null ? null : new MockCommits(this.committed(p))
      return this.#open(p, p.start, commits)
    })
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: ListedOffset,
  ): Promise<Array<number | null>> {
    return Promise.all(partitions.map((p) => listedOffset(this.partition(p), at)))
  }

  async joinGroup(
    request: JoinGroupRequest,
  ): Promise<{ membership: GroupMembership; change: GroupChange }> {
    this.#doorbell = request.doorbell
    return this.group.join(request)
  }

  async committedOffset(_groupId: string, at: TopicPartition): Promise<number | null> {
    assertThere(at, this.#topics)
    return this.committed(at).offset
  }

  async describeCommits(): Promise<void> {}

  async closePartitions(): Promise<void> {}

  #open<C extends MockCommits | null>(
    { topic, partition }: TopicPartition,
    start: StartPosition,
    commits: C,
  ): MockPartition<C> {
    const reader = this.partition({ topic, partition })
    return {
      topic,
      partition,
      reader,
      startOffset: commits?.committed ?? startOffsetOf(start, reader),
      heldOffset: null,
      commits,
      release: () => undefined,
      isOffline: () => false,
      isDeleted: () => false,
    }
  }
}
