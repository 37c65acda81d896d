import {
  MemberMemory,
  awaitWithin,
  monotonicMs,
  partitionKey,
  type ClockTimer,
  type GroupChange,
  type GroupMembership,
  type GroupSubscription,
  type JoinGroupRequest,
  type MemberFence,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import type { Committer, ConsumerCommits } from '../consumer/consumer-commits.ts'
import type { ConsumerFetches } from '../consumer/consumer-fetches.ts'
import {
  openClusterPartitions,
  type OpenClusterPartition,
} from '../consumer/open-cluster-partitions.ts'
import type { Following } from '../follower/follow-partition.ts'
import type { MemberChange, MemberKeeper } from './member-call.ts'
import { MemberEpoch } from './member-epoch.ts'

/** What a consumer joins a group with. */
export interface JoiningParts {
  readonly cluster: Cluster
  readonly keeper: MemberKeeper
  readonly fetches: ConsumerFetches
  /** `null`: the consumer fetches for itself. */
  readonly following: Following | null
  readonly request: JoinGroupRequest
  commitsOf(committer: Committer): ConsumerCommits
  /** The consumer commits no more as this member. */
  onGone(): void
}

/** Makes a consumer a member of a group of the cluster. */
export async function joinClusterGroup(
  parts: JoiningParts,
): Promise<{ membership: GroupMembership; change: GroupChange }> {
  const membership = new ClusterGroupMembership(parts)
  try {
    return { membership, change: await membership.join() }
  } catch (error) {
    await membership.leave().catch(() => undefined) // why it is none says more
    throw error
  }
}

/**
 * A consumer's side of its membership: the member itself is kept elsewhere, so that it lives however long the consumer
 * is busy. They share memory, as a member and the controller of this process do.
 *
 * Thread: the consumer's.
 */
class ClusterGroupMembership implements GroupMembership {
  readonly memberId: string
  readonly #parts: JoiningParts
  readonly #memory = new MemberMemory()
  readonly #epoch = new MemberEpoch()
  readonly #commits: ConsumerCommits
  readonly #held = new Map<string, OpenClusterPartition>()
  #seenEpoch = 0
  /** Granted, and not opened: the cluster did not say where to start. The next time they are opened as well. */
  #unopened: TopicPartition[] = []
  /** As the coordinator knows it. */
  #coordinatorsMemberId = ''
  #hasLeft = false

  constructor(parts: JoiningParts) {
    this.#parts = parts
    this.memberId = parts.request.memberId
    const { instanceId } = parts.request
    this.#commits = parts.commitsOf({
      member: () => ({
        memberId: this.#coordinatorsMemberId,
        epoch: this.#epoch.epoch,
        instanceId,
      }),
      isGone: () => this.#hasLeft || this.fence !== null,
    })
  }

  get hasChanged(): boolean {
    return this.#memory.assignmentEpoch !== this.#seenEpoch
  }

  get fence(): MemberFence | null {
    return this.#memory.fence
  }

  beat(nowMs: number): void {
    this.#memory.beat(nowMs)
  }

  beginWaiting(): void {
    this.#memory.beginWaiting()
  }

  join(): Promise<GroupChange> {
    const { request, keeper } = this.#parts
    const { groupId, memberId, clientId, instanceId, subscription, assignor, doorbell } = request
    const { sessionTimeoutMs, maxPollIntervalMs } = request
    return this.#opened(() =>
      keeper.join({
        groupId,
        memberId,
        clientId,
        instanceId,
        subscription,
        assignor,
        sessionTimeoutMs,
        maxPollIntervalMs,
        memberMemory: this.#memory.memory,
        epochMemory: this.#epoch.memory,
        doorbellMemory: doorbell.memory,
      }),
    )
  }

  async reconcile(released: readonly TopicPartition[]): Promise<GroupChange> {
    for (const p of released) {
      const key = partitionKey(p)
      this.#held.get(key)?.commits?.release()
      this.#held.delete(key)
    }
    // What is let go is committed before another member starts from it.
    if (released.length > 0) await this.#commits.settled()
    return this.#opened(() => this.#parts.keeper.reconcile(this.memberId, released))
  }

  changeSubscription(subscription: GroupSubscription): Promise<GroupChange> {
    return this.#opened(() => this.#parts.keeper.changeSubscription(this.memberId, subscription))
  }

  async leave(): Promise<void> {
    await this.#commits.settled()
    this.#hasLeft = true
    this.#parts.onGone()
    await this.#parts.keeper.leave(this.memberId)
  }

  /** Opens what a change grants; where its consumer closes, neither waits for the group nor for the cluster. */
  async #opened(change: () => Promise<MemberChange>): Promise<GroupChange> {
    const { cluster, request } = this.#parts
    const { signal } = request
    const endBeating = this.#keepBeating()
    try {
      const changed = awaitWithin(change(), 'an answer of the group', { signal }, cluster.clock)
      const { memberId, granted, toRelease, seenEpoch } = await changed
      this.#coordinatorsMemberId = memberId
      const isKept = (p: TopicPartition): boolean =>
        !toRelease.some((one) => partitionKey(one) === partitionKey(p))
      this.#unopened = [...this.#unopened.filter(isKept), ...granted]
      const opened = await this.#open(this.#unopened)
      this.#unopened = []
      for (const open of opened) this.#held.set(partitionKey(open), open)
      if (this.fence === null) this.#seenEpoch = seenEpoch
      return { granted: opened, toRelease }
    } finally {
      endBeating()
    }
  }

  /**
   * A group that takes its time to rebalance does not make its member a stuck one; that it waits for its group does not
   * hide that its thread is blocked.
   */
  #keepBeating(): () => void {
    const { cluster, request } = this.#parts
    const intervalMs = Math.min(Math.max(request.maxPollIntervalMs / 4, 1), MAX_BEAT_MS)
    let timer: ClockTimer
    const beat = (): void => {
      this.beat(monotonicMs())
      timer = cluster.clock.setTimer(beat, intervalMs)
      timer.unref()
    }
    beat()
    return () => {
      cluster.clock.clearTimer(timer)
      this.beat(monotonicMs())
    }
  }

  #open(granted: readonly TopicPartition[]): Promise<OpenClusterPartition[]> {
    const { cluster, fetches, following, request } = this.#parts
    const { groupId, fetch, start, signal } = request
    const group = { groupId, commits: this.#commits }
    const partitions = granted.map((p) => ({ ...p, start }))
    return openClusterPartitions({ cluster, fetches, fetch, group, following }, partitions, {
      ...cluster.apiDeadline(),
      signal,
    })
  }
}

const MAX_BEAT_MS = 1_000
