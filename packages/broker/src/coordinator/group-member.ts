import type { TopicPartition } from '@ringlog/core/internal'
import type { Assignor } from '@ringlog/core/internal/assignors'
import type { GroupPartition } from './group-partition.ts'
import type { JoinRequest, TopicMatcher } from './join-request.ts'

/**
 * A member of a group, as its coordinator keeps it. How far each of its partitions is, `GroupPartition`
 * says; a member only lists them.
 */
export class GroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly sessionTimeoutMs: number
  readonly maxPollIntervalMs: number
  readonly assignor: Assignor
  matcher: TopicMatcher
  /** The topics it subscribes to that exist, in alphabetical order. */
  topics: readonly string[]
  /** Kafka's member epoch: the latest group epoch whose assignment it has reached. */
  memberEpoch = 0
  /** Of its latest notification. */
  assignmentEpoch = 0
  /** Whether its assignment has changed since it was last notified. */
  hasNews = false
  /** Whether it has been notified, and has not reconciled since. */
  isNotified = false
  /** When a static member that is away loses its place; `Infinity`: the member is live. */
  sessionEndsMs = Infinity
  /** By name, the partitions whose holder it is: in its hands, or on their way there. */
  readonly partitions = new Map<string, GroupPartition<GroupMember>>()
  /** The partitions that it is to own. */
  target: readonly GroupPartition<GroupMember>[] = []

  /** @throws RinglogError INVALID_REQUEST when its pattern takes too long. */
  constructor(request: JoinRequest, allTopics: Iterable<string>) {
    this.memberId = request.memberId
    this.instanceId = request.instanceId
    this.clientId = request.clientId
    this.sessionTimeoutMs = request.sessionTimeoutMs
    this.maxPollIntervalMs = request.maxPollIntervalMs
    this.assignor = request.assignor
    this.matcher = request.matcher
    this.topics = this.matcher.select(allTopics)
  }

  /** False: a static member that is away; its partitions are kept for it. */
  get isLive(): boolean {
    return this.sessionEndsMs === Infinity
  }

  /** Whether it holds exactly its target, and must let nothing go. */
  get isReconciled(): boolean {
    let kept = 0
    for (const partition of this.partitions.values()) {
      if (partition.isLeaving) return false
      if (partition.phase === 'held') kept++
    }
    return kept === this.target.length
  }

  /**
   * Whether to notify the member now; the answer to its next `reconcile` then has all that is new. It is
   * notified of a grant that is only on its way as well: by the time it reconciles, that has mostly come.
   */
  takeNews(): boolean {
    if (!this.hasNews || this.isNotified) return false
    this.hasNews = false
    // A change may have been undone before the member was notified of it.
    this.isNotified = [...this.partitions.values()].some(
      ({ phase, isLeaving }) =>
        phase === 'granting' || phase === 'granted' || (phase === 'held' && isLeaving),
    )
    return this.isNotified
  }

  /** The member has reconciled: it has all that is new. */
  clearNews(): void {
    this.hasNews = false
    this.isNotified = false
  }

  /** The partitions that the assignor can leave with it without moving anything. */
  ownedHint(topics: readonly string[]): TopicPartition[] {
    const subscribed = new Set(topics)
    const owned: TopicPartition[] = []
    for (const at of this.partitions.values()) {
      if (at.isDeleted) continue
      if (at.keeper === this && subscribed.has(at.topic)) owned.push(at.toTopicPartition())
    }
    for (const at of this.target) {
      if (at.holder !== this && at.keeper === this && subscribed.has(at.topic)) {
        owned.push(at.toTopicPartition())
      }
    }
    return owned
  }
}
