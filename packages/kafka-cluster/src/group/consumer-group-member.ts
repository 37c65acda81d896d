import {
  Doorbell,
  MemberMemory,
  RinglogError,
  partitionKey,
  type ClockTimer,
  type FenceReason,
  type GroupSubscription,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { errorOfNumber } from '../connection/cluster-errors.ts'
import { retryDelay } from '../retrying.ts'
import type { GroupMember } from './group-member.ts'
import type { MemberCall, MemberChange } from './member-call.ts'
import { MemberEpoch } from './member-epoch.ts'
import { SubscribedTopics } from './subscribed-topics.ts'

/**
 * A member of a group by Kafka's newer protocol, whose coordinator assigns the partitions.
 *
 * ```text
 *              heartbeat: epoch 0          answer with an assignment
 *   (none) ──────────────▶ joining ──────────────────────────▶ member ──┐ heartbeat: what it owns
 *                                                               │  ▲────┘ answer: what it is to own
 *        leave, a fence, no poll for maxPollIntervalMs          ▼
 *                                                              gone
 * ```
 *
 * What the member owns changes only by `reconcile`, which its consumer calls: first it lets go of what it is not to
 * own, then the coordinator hears that, then it takes what is new.
 *
 * Thread: the one that keeps memberships.
 *
 * Source: KIP-848; Apache Kafka, `consumer/internals/AbstractMembershipManager.java`.
 */
export class ConsumerGroupMember implements GroupMember {
  readonly #cluster: Cluster
  readonly #call: MemberCall
  readonly #memory: MemberMemory
  readonly #epoch: MemberEpoch
  readonly #doorbell: Doorbell
  readonly #subscribed: SubscribedTopics
  readonly #lane: string
  readonly #owned = new Map<string, TopicPartition>()
  #target = new Map<string, TopicPartition>()
  /** Whether an assignment has come since it joined. */
  #hasTarget = false
  #changes = 0
  #memberId: string
  #heartbeatIntervalMs = 5_000
  #timer: ClockTimer | null = null
  #beating: Promise<void> | null = null
  #isBeatDue = false
  #isGone = false

  constructor(cluster: Cluster, call: MemberCall) {
    this.#cluster = cluster
    this.#call = call
    this.#memory = new MemberMemory(call.memberMemory)
    this.#epoch = new MemberEpoch(call.epochMemory)
    this.#doorbell = new Doorbell(call.doorbellMemory)
    this.#subscribed = new SubscribedTopics(cluster, call.subscription)
    this.#memberId = call.memberId
    this.#lane = `group ${call.memberId}`
  }

  async join(): Promise<MemberChange> {
    const { clock, config } = this.#cluster
    const deadlineMs =
      clock.nowMs() + Math.max(this.#call.sessionTimeoutMs, config.defaultApiTimeoutMs)
    await this.#subscribed.refresh()
    this.#epoch.epoch = 0
    for (;;) {
      const number = await this.#exchange()
      if (number === 0) break
      // Its predecessor has not been away for the session's time yet.
      if (number !== UNRELEASED_INSTANCE_ID) throw this.#refused(number)
      await retryDelay(this.#cluster, deadlineMs, undefined, this.#refused(number))
    }
    for (let n = 0; !this.#hasTarget && n < MAX_EMPTY_ANSWERS && !this.#isGone; n++) {
      await retryDelay(this.#cluster, deadlineMs, undefined)
      await this.#beatNow()
    }
    this.#look()
    return this.#change()
  }

  async reconcile(released: readonly TopicPartition[]): Promise<MemberChange> {
    this.#assertMember()
    for (const p of released) this.#owned.delete(partitionKey(p))
    if (released.length > 0) await this.#beatNow()
    this.#assertMember()
    return this.#change()
  }

  async changeSubscription(subscription: GroupSubscription): Promise<MemberChange> {
    this.#assertMember()
    this.#subscribed.change(subscription)
    await this.#subscribed.refresh()
    const changes = this.#changes
    for (let n = 0; n < MAX_EMPTY_ANSWERS && changes === this.#changes && !this.#isGone; n++) {
      await this.#beatNow()
      if (changes === this.#changes) await retryDelay(this.#cluster, Infinity, undefined)
    }
    this.#assertMember()
    return this.#change()
  }

  async leave(): Promise<void> {
    if (this.#isGone) return
    this.#end()
    await this.#beating?.catch(() => undefined)
    const epoch = this.#call.instanceId === null ? LEAVE : LEAVE_FOR_A_WHILE
    await this.#send(epoch).catch(() => undefined) // then its session ends by itself
    this.#closeLane()
  }

  /** What is new, as far as nothing has to be let go first. */
  #change(): MemberChange {
    const seenEpoch = this.#changes
    const toRelease = [...this.#owned].filter(([key]) => !this.#target.has(key)).map(([, p]) => p)
    if (toRelease.length > 0) return { granted: [], toRelease, seenEpoch }
    const granted = [...this.#target].filter(([key]) => !this.#owned.has(key))
    for (const [key, p] of granted) this.#owned.set(key, p)
    if (granted.length > 0) void this.#beatNow() // the coordinator hears that it has them
    return { granted: granted.map(([, p]) => p), toRelease: [], seenEpoch }
  }

  /** Looks at the time, again and again while it is a member. */
  #look(): void {
    if (this.#isGone) return
    const { clock } = this.#cluster
    const { maxPollIntervalMs } = this.#call
    const elapsedMs = clock.nowMs() - this.#memory.lastPollMs
    if (elapsedMs > maxPollIntervalMs) {
      this.#fence('maxPollInterval', elapsedMs)
      void this.#send(this.#call.instanceId === null ? LEAVE : LEAVE_FOR_A_WHILE)
        .catch(() => undefined)
        .then(() => this.#closeLane())
      return
    }
    const lookMs = Math.min(this.#heartbeatIntervalMs, Math.max(maxPollIntervalMs / 4, 10), 1_000)
    this.#timer = clock.setTimer(() => {
      this.#timer = null
      this.#look()
    }, lookMs)
    this.#timer.unref()
    if (clock.nowMs() >= this.#nextBeatMs) void this.#beatNow()
  }

  #nextBeatMs = 0

  /** Sends a heartbeat that says how things are now; resolves when one such is answered. */
  async #beatNow(): Promise<void> {
    this.#isBeatDue = true
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = null
    })
    return this.#beating
  }

  async #beat(): Promise<void> {
    while (this.#isBeatDue && !this.#isGone) {
      this.#isBeatDue = false
      try {
        await this.#subscribed.refreshIfOld()
        const number = await this.#exchange()
        if (number !== 0) this.#onRefused(number)
      } catch {
        // A coordinator that cannot be reached puts the member out when its session is over, or takes its next one.
        this.#nextBeatMs = this.#cluster.clock.nowMs() + this.#cluster.config.retryBackoffMs
      }
    }
  }

  /** One heartbeat and its answer; returns the error number in it. */
  async #exchange(): Promise<number> {
    const answer = await this.#send(this.#epoch.epoch)
    if (answer.errorCode !== 0) return answer.errorCode
    this.#memberId = answer.memberId ?? this.#memberId
    this.#epoch.epoch = answer.memberEpoch
    this.#heartbeatIntervalMs = answer.heartbeatIntervalMs
    this.#nextBeatMs = this.#cluster.clock.nowMs() + answer.heartbeatIntervalMs
    if (answer.assignment !== null) await this.#setTarget(answer.assignment.topicPartitions)
    return 0
  }

  #send(epoch: number) {
    const { kafka, coordinators, clock, config } = this.#cluster
    const { groupId, instanceId, maxPollIntervalMs, assignor } = this.#call
    const owned = epoch === 0 ? [] : this.#subscribed.byTopicId([...this.#owned.values()])
    const deadlineMs = clock.nowMs() + config.requestTimeoutMs
    return coordinators.request(
      groupId,
      [kafka.consumerGroupHeartbeatV1.api, kafka.consumerGroupHeartbeatV0.api],
      [
        groupId,
        this.#memberId,
        epoch,
        instanceId,
        null,
        maxPollIntervalMs,
        [...this.#subscribed.topics],
        null,
        SERVER_ASSIGNORS[assignor] ?? null,
        owned,
      ],
      { lane: this.#lane, deadlineMs },
    )
  }

  async #setTarget(
    assigned: ReadonlyArray<{ topicId: string; partitions: number[] }>,
  ): Promise<void> {
    const target = await this.#subscribed.named(assigned)
    this.#hasTarget = true
    this.#target = new Map(target.map((p) => [partitionKey(p), p]))
    this.#memory.setAssignmentEpoch(++this.#changes)
    this.#doorbell.ring()
  }

  #onRefused(number: number): void {
    if (number === FENCED_INSTANCE_ID) this.#fence('replaced', 0)
    else if (number === UNKNOWN_MEMBER_ID || number === FENCED_MEMBER_EPOCH)
      this.#fence('session', 0)
    else this.#nextBeatMs = this.#cluster.clock.nowMs() + this.#cluster.config.retryBackoffMs
  }

  #fence(reason: FenceReason, elapsedMs: number): void {
    if (this.#isGone) return
    this.#end()
    this.#memory.setFence(reason, elapsedMs)
    this.#doorbell.ring()
  }

  #end(): void {
    this.#isGone = true
    if (this.#timer !== null) this.#cluster.clock.clearTimer(this.#timer)
    this.#timer = null
  }

  #closeLane(): void {
    void this.#cluster.coordinators.closeLane(this.#call.groupId, this.#lane)
  }

  #assertMember(): void {
    if (!this.#isGone) return
    throw new RinglogError(
      'UNKNOWN_MEMBER_ID',
      `group ${this.#call.groupId} has put this member out`,
    )
  }

  #refused(number: number): RinglogError {
    const { groupId, memberId, assignor } = this.#call
    return errorOfNumber(number, `group ${groupId} does not admit the member`, {
      groupId,
      memberId,
      assignor,
    })
  }
}

const LEAVE = -1
/** A static member: its partitions are kept for it for the time of its session. */
const LEAVE_FOR_A_WHILE = -2

const UNKNOWN_MEMBER_ID = 25
const FENCED_INSTANCE_ID = 82
const FENCED_MEMBER_EPOCH = 110
const UNRELEASED_INSTANCE_ID = 111

/** A coordinator may take a while to assign: a member that joins asks so often, and then takes what comes later. */
const MAX_EMPTY_ANSWERS = 20

/** The names of the coordinator's assignors; others are not to be had by this protocol. */
const SERVER_ASSIGNORS: Readonly<Record<string, string>> = { sticky: 'uniform', range: 'range' }
