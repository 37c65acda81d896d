import { partitionName, type TopicPartition } from '@ringlog/core/internal'

/**
 * One partition, as a group's coordinator keeps it.
 *
 * ```
 *                grant               moved               reconcile
 *   parked ─────────────▶ granting ─────────▶ granted ─────────────▶ held
 *     ▲                    ▲    │               │                     │ reconcile: the target
 *     │ moved              │    │ moveFailed    │ the target is       │ is another, and the
 *     │                    │    │ holder gone   │ another, or the     │ holder is asked
 *     │               grant│    ▼               │ holder is gone      ▼
 *   parking ◀───────────── vacant ◀─────────────┴──────────────── releasing
 *               park          ▲                                       │
 *                             └───────────────────────────────────────┘
 *                                   reconcile names it, or the holder is gone
 *                                   (from held as well)
 * ```
 *
 * At most one effect is under way for a partition: another target that is set meanwhile waits for its answer.
 * The target decides what happens in `parked`, `granted`, `held` and `vacant`; see `OwnershipTable`.
 */
export class GroupPartition<Member extends PartitionMember = PartitionMember> {
  readonly topic: string
  readonly partition: number
  readonly name: string
  phase: PartitionPhase = 'parked'
  /** The member whose grant the gate is in, or on its way to; `null`: none, or one that is gone. */
  holder: Member | null = null
  /** The member that is to own it. */
  target: Member | null = null
  /** Whether its topic was deleted: once its holder lets go, it is forgotten. */
  isDeleted = false
  /** The effect under way in `parking` and `granting`. */
  moveId = 0
  /** An effect that failed is not tried again before this. */
  retryAtMs = -Infinity
  /** Since when its holder must let go of it and has done nothing about it. */
  leavingSinceMs = 0
  /** The owner when the partition last was with its target. */
  reconciledOwnerId: string | null = null
  /** Since when the partition is not with its target. */
  reconcilingSinceMs = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
    this.name = partitionName(topic, partition)
  }

  /** Whether it is with its target; with the controller, where that is a static member that is away. */
  get isReconciled(): boolean {
    if (this.isDeleted) return false
    if (this.target === null || !this.target.isLive) return this.phase === 'parked'
    return this.phase === 'held' && this.holder === this.target
  }

  /** Whether its holder must let it go. */
  get isLeaving(): boolean {
    return this.phase === 'releasing' || (this.phase === 'held' && this.holder !== this.target)
  }

  /** The member that an assignor leaves it with to move nothing; not with a holder that is letting go. */
  get keeper(): Member | null {
    return this.phase === 'releasing' ? this.target : (this.holder ?? this.target)
  }

  /** The member in whose name the gate is. */
  get owner(): Member | null {
    return this.phase === 'granting' ? null : this.holder
  }

  toTopicPartition(): TopicPartition {
    return { topic: this.topic, partition: this.partition }
  }
}

/**
 * Where a group's gate on a partition is, and so who may commit:
 *
 * - `parked`: with the controller, or there is none yet. No member can commit.
 * - `parking`, `granting`: on its way, an effect is being carried out. No member can commit: the former
 *   holder's grant is fenced before anything else happens.
 * - `granted`: in a new grant that its holder has not been given yet.
 * - `held`: the holder has the grant, reads and commits.
 * - `releasing`: the answer to a reconcile asked the holder to let go; until it has, it commits.
 * - `vacant`: in a grant whose holder has let go, is dead, is fenced, or never got it. The next effect
 *   revokes that grant, so that no commit by it is accepted.
 */
export type PartitionPhase =
  'parked' | 'parking' | 'granting' | 'granted' | 'held' | 'releasing' | 'vacant'

/** A member of the group, as far as a partition looks at it. */
export interface PartitionMember {
  /** False: a static member that is away. */
  readonly isLive: boolean
}
