import type {
  Blocking,
  ConsumerDoorbell,
  EngineCallOptions,
  FetchOptions,
  GroupChange,
  GroupMembership,
  JoinGroupRequest,
  ListOffsetsOptions,
  ListedOffset,
  OpenPartition,
  OpenPartitionsRequest,
  TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { joinClusterGroup } from '../group/join-cluster-group.ts'
import { GroupThreadHost } from '../group/group-thread-host.ts'
import { LocalMemberKeeper } from '../group/local-member-keeper.ts'
import type { MemberKeeper } from '../group/member-call.ts'
import { fetchOffsets, NO_MEMBER } from '../group/offsets.ts'
import { ConsumerCommits, type Committer } from './consumer-commits.ts'
import { ConsumerFetches } from './consumer-fetches.ts'
import { findTopics } from './find-topics.ts'
import type { FollowerLink } from '../follower/follower-link.ts'
import type { Following } from '../follower/follow-partition.ts'
import { listOffsets } from './list-offsets.ts'
import { openClusterPartitions } from './open-cluster-partitions.ts'

/**
 * A cluster as consumers see it. What a consumer reads is fetched by its own thread, ahead of it, into memory of its
 * own.
 *
 * Thread: the client's.
 */
export class ClusterConsumerEngine {
  /** Commits are answered as the event loop turns; records come so as well, unless partitions are followed. */
  readonly blocking: Blocking
  readonly #cluster: Cluster
  readonly #link: FollowerLink | null
  readonly #keeper: MemberKeeper
  readonly #fetches = new WeakMap<ConsumerDoorbell, ConsumerFetches>()
  readonly #fetchesInUse = new Set<ConsumerFetches>()
  /** By the name under which a consumer commits. */
  readonly #commits = new Map<string, ConsumerCommits>()

  /** @param link `null`: every consumer fetches for itself. */
  constructor(cluster: Cluster, link: FollowerLink | null) {
    this.#cluster = cluster
    this.#link = link
    this.blocking = link === null ? 'refused' : 'polls'
    this.#keeper = GroupThreadHost.canServe(cluster.config)
      ? new GroupThreadHost(cluster.config)
      : new LocalMemberKeeper(cluster)
  }

  noticeEnd(): void {
    this.#link?.noticeEnd()
  }

  async openPartitions(
    { consumerId, groupId, doorbell, fetch, partitions, isGating }: OpenPartitionsRequest,
    options: EngineCallOptions = {},
  ): Promise<OpenPartition[]> {
    const cluster = this.#cluster
    const committer = { member: () => NO_MEMBER, isGone: () => false }
    const group =
      groupId === null
        ? null
        : { groupId, commits: this.#commitsOf(consumerId, groupId, committer) }
    const following = this.#following(doorbell, isGating)
    const parts = { cluster, fetches: this.#fetchesOf(doorbell, fetch), fetch, group, following }
    const opened = await openClusterPartitions(parts, partitions, this.#limits(options))
    if (group !== null) group.commits.openCount += opened.length
    return opened
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: ListedOffset,
    options: ListOffsetsOptions = {},
  ): Promise<Array<number | null>> {
    const limits = { ...options, ...this.#limits(options) }
    await findTopics(this.#cluster, partitions, limits)
    return listOffsets(this.#cluster, partitions, at, limits)
  }

  joinGroup(
    request: JoinGroupRequest,
  ): Promise<{ membership: GroupMembership; change: GroupChange }> {
    return joinClusterGroup({
      cluster: this.#cluster,
      keeper: this.#keeper,
      fetches: this.#fetchesOf(request.doorbell, request.fetch),
      following: this.#following(request.doorbell, true),
      request,
      commitsOf: (committer) => this.#commitsOf(request.memberId, request.groupId, committer),
      onGone: () => this.#commits.delete(request.memberId),
    })
  }

  async committedOffset(
    groupId: string,
    partition: TopicPartition,
    options: EngineCallOptions = {},
  ): Promise<number | null> {
    const limits = this.#limits(options)
    await findTopics(this.#cluster, [partition], limits)
    const [found] = await fetchOffsets(this.#cluster, groupId, [partition], limits)
    return found?.offset ?? null
  }

  /** Readers are closed by whoever reads; what was committed is answered before others may go on from it. */
  async closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    const commits = this.#commits.get(consumerId)
    if (commits === undefined) return
    await commits.settled()
    commits.openCount -= partitions.length
    if (commits.openCount <= 0) this.#commits.delete(consumerId)
  }

  /** This client has deleted the topic: its consumers see it at once. */
  onTopicDeleted(topic: string): void {
    for (const fetches of this.#fetchesInUse) fetches.onTopicDeleted(topic)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#commits.values()].map((commits) => commits.settled()))
    await this.#keeper.close()
    this.#link?.close()
  }

  /** Keeps this thread alive while it waits for what followers fetch. */
  hold(): () => void {
    return this.#link?.hold() ?? (() => undefined)
  }

  #following(doorbell: ConsumerDoorbell, isGating: boolean): Following | null {
    return this.#link === null ? null : { link: this.#link, doorbell, isGating }
  }

  #limits(options: EngineCallOptions): EngineCallOptions & { readonly deadlineMs: number } {
    return { ...this.#cluster.apiDeadline(), ...options }
  }

  #fetchesOf(doorbell: ConsumerDoorbell, fetch: FetchOptions): ConsumerFetches {
    let fetches = this.#fetches.get(doorbell)
    if (fetches === undefined) {
      fetches = new ConsumerFetches(this.#cluster, fetch, doorbell, this.#fetchesInUse)
      this.#fetches.set(doorbell, fetches)
    }
    return fetches
  }

  #commitsOf(consumerId: string, groupId: string, committer: Committer): ConsumerCommits {
    let commits = this.#commits.get(consumerId)
    if (commits === undefined) {
      commits = new ConsumerCommits(this.#cluster, groupId, committer)
      this.#commits.set(consumerId, commits)
    }
    return commits
  }
}
