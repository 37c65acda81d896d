import { partitionName, type TopicPartition } from '@ringlog/core/internal'

/**
 * Where a group's gate on a partition is, and so who may commit:
 *
 * - `parked`: with the controller, or there is none yet. Nobody commits.
 * - `parking`, `granting`: on its way, an effect is being carried out. Nobody commits: the former
 *   holder's grant is fenced before anything else happens.
 * - `granted`: in a new grant that its holder has not been given yet.
 * - `held`: the holder has the grant, reads and commits.
 * - `releasing`: the holder has been told to let go; it still commits.
 * - `vacant`: in a grant whose holder has let go, is dead, is fenced, or never got it. Nobody is
 *   to commit any more; the next effect sees to it.
 */
export type PartitionPhase =
  'parked' | 'parking' | 'granting' | 'granted' | 'held' | 'releasing' | 'vacant'

/** A member of the group, as far as a partition looks at it. */
export interface PartitionMember {
  /** False: a static member that is away. */
  readonly isLive: boolean
}

/**
 * One partition, as a group's coordinator keeps it.
 *
 * ```
 *                grant               moved               reconcile
 *   parked ─────────────▶ granting ─────────▶ granted ─────────────▶ held
 *     ▲                    ▲    │               │                     │ reconcile: the target
 *     │ moved              │    │ moveFailed    │ the target is       │ is another, and the
 *     │                    │    │ holder gone   │ another, or the     │ holder is told
 *     │               grant│    ▼               │ holder is gone      ▼
 *   parking ◀───────────── vacant ◀─────────────┴──────────────── releasing
 *               park          ▲                                       │
 *                             └───────────────────────────────────────┘
 *                                   reconcile names it, or the holder is gone
 *                                   (from held as well)
 * ```
 *
 * At most one effect is under way for a partition: what is decided meanwhile waits for its answer.
 * The target decides what happens in `parked`, `granted`, `held` and `vacant`; see `OwnershipTable`.
 */
export class GroupPartition<Member extends PartitionMember = PartitionMember> {
  readonly topic: string
  readonly partition: number
  readonly name: string
  phase: PartitionPhase = 'parked'
  /** Whose grant the gate is in, or on its way to; `null`: nobody's, or of one who is gone. */
  holder: Member | null = null
  /** Who is to own it. */
  target: Member | null = null
  /** Whether its topic is gone: a holder lets go of it, and that is the end of it. */
  isDeleted = false
  /** The effect under way in `parking` and `granting`. */
  moveId = 0
  /** Not before this is an effect that failed tried again. */
  retryAtMs = -Infinity
  /** Since when its holder must let go of it and has done nothing about it. */
  leavingSinceMs = 0
  /** The owner when it last was as it is to be. */
  reconciledOwnerId: string | null = null
  /** Since when it is not as it is to be. */
  reconcilingSinceMs = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
    this.name = partitionName(topic, partition)
  }

  /** Whether it is with whom it is to be: a member that is away has nothing in its hands. */
  get isReconciled(): boolean {
    if (this.isDeleted) return false
    if (this.target === null || !this.target.isLive) return this.phase === 'parked'
    return this.phase === 'held' && this.holder === this.target
  }

  /** Whether its holder must let it go. */
  get isLeaving(): boolean {
    return this.phase === 'releasing' || (this.phase === 'held' && this.holder !== this.target)
  }

  /** With whom it would stay if nobody were to move: nothing is lost on a holder already told. */
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
