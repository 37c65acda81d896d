import type { GroupSubscription } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import {
  haveTopicsChanged,
  topicsOfGroup,
  type GroupTopics,
  type JoinedMember,
} from './classic-leader.ts'
import { LOOK_EVERY_MS, SubscribedTopics } from './subscribed-topics.ts'

/**
 * The topics that a member of a classic group looks after: its own, and as the leader those of all members.
 *
 * Thread: the one that keeps memberships.
 */
export class ClassicTopics {
  readonly #cluster: Cluster
  readonly #subscribed: SubscribedTopics
  /** Its own, as the group knows them. */
  #joinedWith: readonly string[] = []
  /** Those of all members, as they were divided; `null`: another member is the leader, and looks after them. */
  #ofGroup: GroupTopics | null = null
  #lookedMs = -Infinity

  constructor(cluster: Cluster, subscription: GroupSubscription) {
    this.#cluster = cluster
    this.#subscribed = new SubscribedTopics(cluster, subscription)
  }

  /** Has the cluster say which topics it subscribes to. @throws RinglogError as `SubscribedTopics.refresh`. */
  refresh(): Promise<void> {
    return this.#subscribed.refresh()
  }

  async change(subscription: GroupSubscription): Promise<void> {
    this.#subscribed.change(subscription)
    await this.#subscribed.refresh()
  }

  /** It joins now: the topics that it tells the group. */
  join(): readonly string[] {
    this.#joinedWith = this.#subscribed.topics
    return this.#joinedWith
  }

  /** It leads the group: the topics of these members, as they are now. */
  async lead(members: readonly JoinedMember[]): Promise<GroupTopics> {
    this.#lookedMs = this.#cluster.clock.nowMs()
    this.#ofGroup = await topicsOfGroup(this.#cluster, members)
    return this.#ofGroup
  }

  /** Another member leads the group. */
  followLeader(): void {
    this.#ofGroup = null
  }

  /**
   * Looks, where it is time, whether its pattern finds what it has not joined with; and as the leader whether any
   * member's topics are others by now, or have other numbers of partitions.
   *
   * @throws RinglogError as `SubscribedTopics.refresh`.
   */
  async haveChanged(): Promise<boolean> {
    const { clock, config } = this.#cluster
    if (clock.nowMs() - this.#lookedMs < LOOK_EVERY_MS) return false
    this.#lookedMs = clock.nowMs()
    await this.#subscribed.refreshIfOld()
    if (this.#subscribed.topics.some((topic) => !this.#joinedWith.includes(topic))) return true
    const options = { deadlineMs: clock.nowMs() + config.requestTimeoutMs }
    const ofGroup = this.#ofGroup
    return ofGroup !== null && haveTopicsChanged(this.#cluster, ofGroup, options)
  }
}
