import type { EngineCallOptions, GroupSubscription, TopicPartition } from '@ringlog/core/internal'
import type { consumerGroupHeartbeatV1 } from '@platformatic/kafka'
import type { Cluster } from '../cluster.ts'
import { retryDelay } from '../retrying.ts'
import type { GroupMember } from './group-member.ts'
import { KeptMember } from './kept-member.ts'
import type { MemberCall, MemberChange } from './member-call.ts'
import { SubscribedTopics, isRefusal, type AssignedByTopicId } from './subscribed-topics.ts'
import {
  FENCED_INSTANCE_ID,
  FENCED_MEMBER_EPOCH,
  UNKNOWN_MEMBER_ID,
  UNRELEASED_INSTANCE_ID,
} from '../connection/error-numbers.ts'

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
  readonly #kept: KeptMember
  readonly #subscribed: SubscribedTopics
  readonly #lane: string
  readonly #owned = new Map<string, AssignedByTopicId>()
  #target = new Map<string, AssignedByTopicId>()
  /** Whether an assignment has come since it joined. */
  #hasTarget = false
  /** Whether it has subscribed to something else, and has not been assigned anything of that yet. */
  #isChanging = false
  #memberId: string
  #nextBeatMs = 0
  #beating: Promise<void> | null = null
  #isBeatDue = false
  /** Aborted when it leaves: it waits for no answer any more. */
  readonly #leaving = new AbortController()

  constructor(cluster: Cluster, call: MemberCall) {
    this.#cluster = cluster
    this.#kept = new KeptMember(call, cluster.clock)
    this.#subscribed = new SubscribedTopics(cluster, call.subscription)
    this.#memberId = call.memberId
    this.#lane = `group ${call.memberId}`
  }

  /** Whether the coordinator has the assignor, and takes the protocol. */
  static canServe({ assignor }: MemberCall): boolean {
    return SERVER_ASSIGNORS[assignor] !== undefined
  }

  async join(): Promise<MemberChange> {
    const { clock, config } = this.#cluster
    const { sessionTimeoutMs } = this.#kept.call
    const deadlineMs = clock.nowMs() + Math.max(sessionTimeoutMs, config.defaultApiTimeoutMs)
    await this.#subscribed.refresh()
    this.#kept.epoch = 0
    for (;;) {
      const number = await this.#exchange()
      if (number === 0) break
      // Its predecessor has not been away for the session's time yet.
      if (number !== UNRELEASED_INSTANCE_ID) throw this.#kept.refused(number)
      await retryDelay(this.#cluster, deadlineMs, this.#leaving.signal, this.#kept.refused(number))
    }
    this.#kept.watch(
      () => {
        if (clock.nowMs() >= this.#nextBeatMs) void this.#beatNow()
      },
      () => void this.#sayLeave(),
    )
    await this.#untilAssigned(() => this.#hasTarget)
    return this.#change()
  }

  async reconcile(released: readonly TopicPartition[]): Promise<MemberChange> {
    this.#kept.assertMember()
    for (const p of released) this.#release(p)
    if (released.length > 0) await this.#beatNow()
    // The coordinator assigns what is new only once the old is given up.
    if (this.#isChanging) await this.#untilAssigned(() => this.#target.size > 0)
    this.#isChanging = false
    this.#kept.assertMember()
    return this.#change()
  }

  async changeSubscription(subscription: GroupSubscription): Promise<MemberChange> {
    this.#kept.assertMember()
    this.#subscribed.change(subscription)
    await this.#subscribed.refresh()
    this.#isChanging = this.#subscribed.topics.length > 0
    const { changes } = this.#kept
    await this.#untilAssigned(() => this.#kept.changes !== changes)
    this.#kept.assertMember()
    return this.#change()
  }

  async leave(): Promise<void> {
    if (this.#kept.isGone) return
    this.#kept.end()
    this.#leaving.abort()
    await this.#beating?.catch(() => undefined)
    await this.#sayLeave()
  }

  /** A coordinator may take a moment to assign: then the consumer is not kept from what comes later. */
  async #untilAssigned(isAssigned: () => boolean): Promise<void> {
    const { clock } = this.#cluster
    const untilMs = clock.nowMs() + MAX_ASSIGNMENT_WAIT_MS
    for (let n = 0; !isAssigned() && !this.#kept.isGone; n++) {
      if (clock.nowMs() > untilMs) return
      if (n > 0) await retryDelay(this.#cluster, Infinity, undefined)
      await this.#beatNow()
    }
  }

  /** What is new, as far as nothing has to be let go first. */
  #change(): MemberChange {
    const seenEpoch = this.#kept.changes
    const memberId = this.#memberId
    const toRelease = [...this.#owned].filter(([key]) => !this.#target.has(key)).map(named)
    if (toRelease.length > 0) return { memberId, granted: [], toRelease, seenEpoch }
    const granted = [...this.#target].filter(([key]) => !this.#owned.has(key))
    for (const [key, p] of granted) this.#owned.set(key, p)
    if (granted.length > 0) void this.#beatNow() // the coordinator hears that it has them
    return { memberId, granted: granted.map(named), toRelease: [], seenEpoch }
  }

  /** What is new of that name is not granted before: it is of another topic. */
  #release({ topic, partition }: TopicPartition): void {
    for (const [key, owned] of this.#owned) {
      if (owned.topic === topic && owned.partition === partition) this.#owned.delete(key)
    }
  }

  /** Sends a heartbeat that says how things are now; resolves when one such is answered. */
  #beatNow(): Promise<void> {
    this.#isBeatDue = true
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = null
    })
    return this.#beating
  }

  async #beat(): Promise<void> {
    while (this.#isBeatDue && !this.#kept.isGone) {
      this.#isBeatDue = false
      try {
        await this.#subscribed.refreshIfOld()
        const number = await this.#exchange()
        if (number !== 0) this.#onRefused(number)
      } catch (error) {
        // The member's session ends at the coordinator where this goes on for too long.
        if (!isRefusal(error)) this.#beatSoon()
        else {
          this.#kept.fence('session', 0) // it joins again, and is told why it cannot
          void this.#sayLeave()
        }
      }
    }
  }

  /** One heartbeat and its answer; returns the error number in it. */
  async #exchange(): Promise<number> {
    const { clock, config } = this.#cluster
    const deadlineMs = clock.nowMs() + config.requestTimeoutMs
    const { signal } = this.#leaving
    const answer = await this.#send(this.#kept.epoch, { deadlineMs, signal })
    if (answer.errorCode !== 0) return answer.errorCode
    this.#memberId = answer.memberId ?? this.#memberId
    this.#kept.epoch = answer.memberEpoch
    this.#nextBeatMs = clock.nowMs() + answer.heartbeatIntervalMs
    if (answer.assignment === null) return 0
    const target = await this.#subscribed.named(answer.assignment.topicPartitions)
    this.#target = new Map(target.map((p) => [`${p.topicId}-${p.partition}`, p]))
    this.#hasTarget = true
    this.#kept.notifyChange()
    return 0
  }

  #send(
    epoch: number,
    limits: EngineCallOptions,
  ): Promise<consumerGroupHeartbeatV1.ConsumerGroupHeartbeatResponse> {
    const { kafka, coordinators } = this.#cluster
    const { groupId, clientId, instanceId, maxPollIntervalMs, assignor } = this.#kept.call
    const owned = epoch === 0 ? [] : byTopicId([...this.#owned.values()])
    const apis = [kafka.consumerGroupHeartbeatV1.api, kafka.consumerGroupHeartbeatV0.api]
    const topics = [...this.#subscribed.topics]
    return coordinators.request(
      groupId,
      apis,
      [
        groupId,
        this.#memberId,
        epoch,
        instanceId,
        NO_RACK,
        maxPollIntervalMs,
        topics,
        NO_PATTERN,
        SERVER_ASSIGNORS[assignor] ?? null,
        owned,
      ],
      { lane: this.#lane, clientId, ...limits },
    )
  }

  async #sayLeave(): Promise<void> {
    const { groupId, instanceId } = this.#kept.call
    const epoch = instanceId === null ? LEAVE : LEAVE_FOR_A_WHILE
    const limits = { deadlineMs: this.#cluster.clock.nowMs() + MAX_LEAVE_MS }
    await this.#send(epoch, limits).catch(() => undefined) // then its session ends by itself
    await this.#cluster.coordinators.closeLane(groupId, this.#lane)
  }

  #onRefused(number: number): void {
    if (number === FENCED_INSTANCE_ID) this.#kept.fence('replaced', 0)
    else if (number === UNKNOWN_MEMBER_ID || number === FENCED_MEMBER_EPOCH) {
      this.#kept.fence('session', 0)
    } else if (this.#kept.refused(number).retriable) this.#beatSoon()
    else {
      this.#kept.fence('session', 0) // it joins again, and is told why it cannot
      void this.#sayLeave()
    }
  }

  #beatSoon(): void {
    const { clock, config } = this.#cluster
    this.#nextBeatMs = clock.nowMs() + config.retryBackoffMs
  }
}

const NO_RACK = null
/** Patterns are JavaScript's, which the coordinator does not read: it is given the names that they find. */
const NO_PATTERN = null
const LEAVE = -1
/** A static member: its partitions are kept for it for the time of its session. */
const LEAVE_FOR_A_WHILE = -2

const MAX_ASSIGNMENT_WAIT_MS = 2_000
const MAX_LEAVE_MS = 5_000

/** The names of the coordinator's assignors; others are not to be had by this protocol. */
const SERVER_ASSIGNORS: Readonly<Record<string, string>> = { sticky: 'uniform', range: 'range' }

function named([, { topic, partition }]: [string, AssignedByTopicId]): TopicPartition {
  return { topic, partition }
}

/** As the coordinator takes partitions. */
function byTopicId(
  partitions: readonly AssignedByTopicId[],
): Array<{ topicId: string; partitions: number[] }> {
  return [...Map.groupBy(partitions, ({ topicId }) => topicId)].map(([topicId, of]) => ({
    topicId,
    partitions: of.map(({ partition }) => partition),
  }))
}
