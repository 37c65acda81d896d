import type {
  FenceReason,
  RebalanceEvent,
  RinglogError,
  TopicPartition,
} from '@ringlog/core/internal'

/**
 * What a group asks of its surroundings: plain data, to be carried out in the order in which it is
 * taken. Only `grant` and `park` have an answer; the answers may come in any order.
 */
export type GroupEffect =
  NotifyEffect | GrantEffect | ParkEffect | FenceEffect | RebalanceEffect | AssignorFailedEffect

/**
 * A member's assignment has changed: store the epoch in its member memory, then ring its doorbell. At
 * its next poll the member calls `reconcile`, whose answer has all changes up to then; the coordinator
 * does not notify it again before that.
 */
export interface NotifyEffect {
  readonly type: 'notify'
  readonly memberId: string
  /** Rises with each notification of this member. */
  readonly assignmentEpoch: number
}

/**
 * The group's gate on a partition goes into a new grant for a member. First, where the gate lies in
 * another holder's grant, store REVOKED there: from then on no commit of the former holder is
 * accepted. Then move the gate (the partition worker reads the final offset and puts it into the new
 * grant). Then answer `moved(moveId)`, or `moveFailed(moveId)`. The member gets the grant by its
 * next `reconcile`, not before.
 */
export interface GrantEffect extends TopicPartition {
  readonly type: 'grant'
  readonly moveId: number
  readonly memberId: string
}

/**
 * As `grant`, but no member is to own the partition: the gate goes into memory of the controller's own,
 * and the group goes on holding what it has not committed.
 */
export interface ParkEffect extends TopicPartition {
  readonly type: 'park'
  readonly moveId: number
}

/**
 * A member is out of the group, though its thread may live: write the reason into its member memory and
 * ring it. All its partitions are lost; the effects that fence its grants follow this one.
 */
export interface FenceEffect {
  readonly type: 'fence'
  readonly memberId: string
  readonly reason: FenceReason
  /** For how long it had not polled, or not let go; 0 for other reasons. */
  readonly elapsedMs: number
  /** The member's `maxPollIntervalMs`. */
  readonly maxPollIntervalMs: number
  /** The member that took its place; `null` otherwise. */
  readonly replacedBy: string | null
}

export interface RebalanceEffect extends RebalanceEvent {
  readonly type: 'rebalance'
}

/**
 * The assignor threw or gave an invalid answer, and the change came from no call that could be refused (a
 * member died, a topic came). The group keeps its assignment; the next change asks the assignor again.
 */
export interface AssignorFailedEffect {
  readonly type: 'assignorFailed'
  /** INVALID_REQUEST, naming the assignor and what is wrong. */
  readonly error: RinglogError
}
