import {
  RinglogError,
  type FenceReason,
  type GroupChange,
  type GroupMembership,
  type GroupSubscription,
  type OpenPartition,
  type TopicPartition,
} from '@ringlog/core/internal'
import { randomUUID } from 'node:crypto'
import { fencedError } from './fenced-error.ts'
import { fetchOptionsOf } from './fetch-options.ts'
import { ListenerCalls, withinListener } from './listener-calls.ts'
import { MembershipTurns } from './membership-turns.ts'
import type { Ownership, OwnershipParts } from './ownership.ts'
import { noOffset } from './partition-errors.ts'
import type { RebalanceListener } from './rebalance-listener.ts'
import { unlessAborted } from './unless-aborted.ts'

/**
 * A consumer as a member of its group: it joins, carries out what the group asks, and joins anew when
 * the group has put it out.
 *
 * All of that happens on the event loop, one step after the other; polls wait for it, and hand nothing
 * out meanwhile. A step is carried out whole whatever the listener throws: the call that made the step
 * throws it afterwards, or the next poll.
 *
 * Thread: the consumer's.
 */
export class Membership implements Ownership {
  readonly #parts: MembershipParts
  readonly #calls = new ListenerCalls()
  #subscribed: Subscribed | null = null
  #membership: GroupMembership | null = null
  readonly #turns: MembershipTurns
  /** How many calls of `subscribe` are under way. */
  #subscribing = 0
  /** Why the group has put it out; `null`: it has not, or the consumer has joined again. */
  #expulsion: { readonly reason: FenceReason; readonly error: RinglogError } | null = null
  /** Aborted as the consumer closes: it does not wait for what its group would still grant. */
  readonly #closing = new AbortController()
  /** The partitions that `onPartitionsRevoked` is being called with. */
  #leaving: readonly TopicPartition[] = []

  constructor(parts: MembershipParts) {
    this.#parts = parts
    this.#turns = new MembershipTurns(parts.doorbell)
  }

  get isGroups(): boolean {
    return this.#subscribed !== null
  }

  get pendingCall(): string | null {
    return this.#subscribing > 0 ? 'subscribe()' : null
  }

  /** Its member id; `''` while it is none. */
  get consumerId(): string {
    return this.#membership?.memberId ?? ''
  }

  get isInListener(): boolean {
    return this.#calls.areUnderWay
  }

  /** The calls of its listener: who is in one must not wait for what waits for that. */
  get listenerCalls(): ListenerCalls {
    return this.#calls
  }

  /** Whether polls may hand out records: there is nothing to carry out, or to throw, first. */
  get isReady(): boolean {
    if (this.#turns.areUnderWay || this.#calls.hasError) return false
    if (this.#subscribed === null) return true
    return this.#membership !== null && !this.#membership.hasChanged
  }

  /** Whether something is being carried out now. */
  get isRebalancing(): boolean {
    return this.#turns.areUnderWay
  }

  /** Why the group accepts nothing of it any more; `null`: it is a member, or never was. */
  refusal(): RinglogError | null {
    if (this.#expulsion !== null) return this.#expulsion.error
    const fence = this.#membership?.fence ?? null
    return fence === null ? null : fencedError(this.#parts, fence)
  }

  /** The member polls, or comes back from waiting in a poll. */
  beat(nowMs: number): void {
    this.#membership?.beat(nowMs)
  }

  beginWaiting(): void {
    this.#membership?.beginWaiting()
  }

  /** See `Consumer.subscribe`. */
  async subscribe(to: GroupSubscription, listener: RebalanceListener): Promise<void> {
    this.#subscribing++
    try {
      await this.#inTurn(async () => {
        this.#parts.lifecycle.assertOpen()
        const subscribed = { to, listener }
        if (!(await this.#change(subscribed))) {
          await this.#lose()
          await this.#join(subscribed)
        }
        this.#calls.throwNext()
        const unknown = this.#parts.subscription.order.filter(({ hasPosition }) => !hasPosition)
        if (unknown.length > 0) throw noOffset(unknown.map(({ at }) => at))
      })
    } finally {
      this.#subscribing--
    }
  }

  /** See `Consumer.unsubscribe`. */
  unsubscribe(): Promise<void> {
    return this.#inTurn(async () => {
      this.#parts.lifecycle.assertOpen()
      try {
        await this.#depart()
      } finally {
        this.#subscribed = null
        this.#expulsion = null
      }
      this.#calls.throwLast()
    })
  }

  /**
   * Starts to carry out what the group asks, unless that is under way; rings the consumer when it is
   * done.
   *
   * @throws RinglogError What the last time has failed with; FENCED_MEMBER_EPOCH when another has taken this
   *   one's place: it must not come back by itself.
   */
  rebalance(): void {
    this.#calls.throwNext()
    if (this.#turns.areUnderWay) return
    if (this.#expulsion?.reason === 'replaced') throw this.#expulsion.error
    this.#startRebalance()
  }

  /**
   * Carries out what the group asks, without a poll; resolves when that is done. What it fails with, and what
   * the listener throws, the next poll rejects with.
   *
   * @throws RinglogError INVALID_STATE within the listener, which would wait for itself.
   */
  async rebalanceNow(): Promise<void> {
    if (this.#calls.isCaller()) throw withinListener('a rebalance')
    await this.#turns.whenOver()
    if (this.#membership?.hasChanged === true) this.#startRebalance()
    await this.#turns.whenOver()
  }

  #startRebalance(): void {
    this.#inTurn(() => this.#rebalance()).catch((error: unknown) => {
      if (!this.#parts.lifecycle.isClosed) this.#calls.keep(error)
    })
  }

  /**
   * Leaves the group; the consumer is closed by now. It waits for what is under way, so that a partition
   * goes to another only when the listener is done with it; but not for answers of the group, not within
   * the listener itself, not where the group has put it out already, and when `hurry` is aborted for
   * nothing more.
   */
  async close(hurry: AbortSignal): Promise<void> {
    this.#closing.abort(this.#parts.lifecycle.closedError)
    if (!this.#calls.isCaller()) {
      const mayLeave = (): boolean =>
        !this.#turns.areUnderWay || (this.#membership !== null && this.#membership.fence !== null)
      await unlessAborted(this.#parts.doorbell.waitAsync(mayLeave, { deadlineMs: Infinity }), hurry)
    }
    await this.#depart(hurry)
    this.#calls.throwLast()
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    return this.#turns.take(() => {
      this.#calls.begin()
      return step()
    })
  }

  async #rebalance(): Promise<void> {
    const membership = this.#membership
    if (this.#subscribed === null || this.#parts.lifecycle.isClosed) return
    if (membership !== null) {
      if (await this.#reconcile(membership)) return
      await this.#lose()
    }
    // The next poll throws that another member has taken its place.
    if (this.#expulsion?.reason === 'replaced' || this.#parts.lifecycle.isClosed) return
    await this.#join(this.#subscribed)
  }

  /** Carries out what the group asks; `false`: it is no member (any more). */
  async #reconcile(membership: GroupMembership): Promise<boolean> {
    if (membership.fence !== null) return false
    return unlessPutOut(async () => this.#apply(membership, await membership.reconcile([])))
  }

  /** Changes what the member subscribes to; `false`: it is none (any more). */
  async #change(subscribed: Subscribed): Promise<boolean> {
    const membership = this.#membership
    if (membership === null || membership.fence !== null) return false
    return unlessPutOut(async () => {
      const change = await membership.changeSubscription(subscribed.to)
      this.#subscribed = subscribed
      await this.#apply(membership, change)
    })
  }

  async #join(subscribed: Subscribed): Promise<void> {
    const { engine, config, clientId, groupId, doorbell, lifecycle } = this.#parts
    const { membership, change } = await engine.joinGroup({
      groupId,
      memberId: randomUUID(),
      clientId,
      instanceId: config.groupInstanceId,
      doorbell,
      subscription: subscribed.to,
      assignor: String(config.assignor),
      sessionTimeoutMs: config.sessionTimeoutMs,
      maxPollIntervalMs: config.maxPollIntervalMs,
      fetch: fetchOptionsOf(config),
      start: config.autoOffsetReset === 'latest' ? 'latest' : 'earliest',
      signal: this.#closing.signal,
    })
    if (lifecycle.isClosed) {
      closeReaders(change.granted)
      await membership.leave()
      lifecycle.assertOpen()
    }
    this.#membership = membership
    this.#subscribed = subscribed
    this.#expulsion = null
    await unlessPutOut(() => this.#apply(membership, change)) // the next poll sees that it was
  }

  /**
   * Carries out what the group asks until there is nothing more: first what is to be let go, then what
   * is new. The consumer closes what it was granted and does not take.
   *
   * @throws RinglogError UNKNOWN_MEMBER_ID when it was put out in the middle.
   */
  async #apply(membership: GroupMembership, first: GroupChange): Promise<void> {
    const { subscription, config, lifecycle } = this.#parts
    let granted: OpenPartition[] = []
    let taken: readonly OpenPartition[] = []
    try {
      for (let change = first; ;) {
        granted.push(...change.granted)
        const { toRelease } = change
        if (toRelease.length === 0) break
        closeReaders(granted.filter((open) => includes(toRelease, open)))
        granted = granted.filter((open) => !includes(toRelease, open))
        await this.#letGo(toRelease.filter((p) => subscription.has(p)))
        if (lifecycle.isClosed) return
        change = await membership.reconcile(toRelease)
      }
      if (lifecycle.isClosed || membership.fence !== null) return
      taken = granted
    } finally {
      if (taken !== granted) closeReaders(granted)
    }
    for (const open of taken) {
      subscription.remove(open)
      const isKnown = config.autoOffsetReset !== 'none' || open.commits?.committed !== null
      subscription.add(open, isKnown, true)
    }
    await this.#call('onPartitionsAssigned', taken)
  }

  /** Commits, calls the listener, and has these partitions no more. */
  async #letGo(partitions: readonly TopicPartition[], hurry = NEVER): Promise<void> {
    const { subscription, autoCommits } = this.#parts
    const commitsBefore = autoCommits.commitBeforeLoss()
    if (commitsBefore !== null) await unlessAborted(commitsBefore, hurry)
    this.#leaving = partitions
    await unlessAborted(this.#call('onPartitionsRevoked', partitions), hurry)
    this.#leaving = []
    const commitsAfter = autoCommits.commitBeforeLoss() // the listener may have sought
    for (const p of partitions) subscription.remove(p)
    if (commitsAfter !== null) await unlessAborted(commitsAfter, hurry)
  }

  /** Leaves, if it is a member; what it has is given up, or is lost already. */
  async #depart(hurry = NEVER): Promise<void> {
    const { subscription } = this.#parts
    const membership = this.#membership
    if (membership === null) return
    if (membership.fence !== null) return this.#lose(hurry)
    await this.#letGo(
      subscription.partitions.filter((p) => !includes(this.#leaving, p)),
      hurry,
    )
    this.#membership = null
    await unlessAborted(membership.leave(), hurry)
  }

  /** What the consumer had as a member is gone. */
  async #lose(hurry = NEVER): Promise<void> {
    const { subscription } = this.#parts
    const membership = this.#membership
    if (membership === null) return
    const { fence } = membership
    if (fence !== null) {
      this.#expulsion = { reason: fence.reason, error: fencedError(this.#parts, fence) }
    }
    this.#membership = null
    const lost = subscription.partitions
    for (const p of lost) subscription.remove(p)
    await unlessAborted(this.#call('onPartitionsLost', lost), hurry)
  }

  async #call(what: keyof RebalanceListener, partitions: readonly TopicPartition[]): Promise<void> {
    const listener = this.#subscribed?.listener
    if (listener !== undefined) await this.#calls.call(listener, what, partitions)
  }
}

/** For who is not in a hurry. */
const NEVER = new AbortController().signal

/** What a consumer has subscribed to. */
interface Subscribed {
  readonly to: GroupSubscription
  readonly listener: RebalanceListener
}

/** What a membership works on. */
export interface MembershipParts extends OwnershipParts {
  readonly groupId: string
}

/** Does what a member does; `false`: the group has put it out before that was done. */
async function unlessPutOut(make: () => Promise<void>): Promise<boolean> {
  try {
    await make()
    return true
  } catch (error) {
    if (RinglogError.is(error, 'UNKNOWN_MEMBER_ID')) return false
    throw error
  }
}

function closeReaders(granted: readonly OpenPartition[]): void {
  for (const { reader } of granted) reader.close()
}

function includes(partitions: readonly TopicPartition[], p: TopicPartition): boolean {
  return partitions.some(({ topic, partition }) => topic === p.topic && partition === p.partition)
}
