import {
  RinglogError,
  type GroupChange,
  type GroupMembership,
  type GroupSubscription,
  type MemberFence,
  type OpenPartition,
  type TopicPartition,
} from '@ringlog/core/internal'
import { randomUUID } from 'node:crypto'
import type { AssignmentOwner } from './assignment.ts'
import { noOffset } from './fetcher.ts'
import type { OffsetCommits } from './offset-commits.ts'
import type { RebalanceListener } from './rebalance-listener.ts'
import { unlessAborted } from './unless-aborted.ts'

/** For who is not in a hurry. */
const NEVER = new AbortController().signal

/** What a consumer has subscribed to. */
interface Subscribed {
  readonly to: GroupSubscription
  readonly listener: RebalanceListener
}

/** What a membership works on. */
export interface MembershipParts extends AssignmentOwner {
  readonly groupId: string
  readonly commits: () => OffsetCommits
}

/**
 * A consumer as a member of its group: it joins, carries out what the group asks, and joins anew when
 * the group has put it out.
 *
 * All of that happens on the event loop, one step after the other; polls wait for it, and hand nothing
 * out meanwhile.
 *
 * Thread: the consumer's.
 */
export class Membership {
  readonly #parts: MembershipParts
  #subscribed: Subscribed | null = null
  #membership: GroupMembership | null = null
  /** What is being carried out now. */
  #turn: Promise<void> | null = null
  /** What the next poll is to reject with. */
  #failure: { readonly error: unknown } | null = null
  /** Another consumer has taken this one's place: it must not come back by itself. */
  #replaced: RinglogError | null = null
  /** How many calls of the listener are under way: `close` does not wait for another. */
  #tellings = 0
  /** What `onPartitionsRevoked` is told of right now. */
  #leaving: readonly TopicPartition[] = []

  constructor(parts: MembershipParts) {
    this.#parts = parts
  }

  get isSubscribed(): boolean {
    return this.#subscribed !== null
  }

  /** Its member id; `''` while it is none. */
  get memberId(): string {
    return this.#membership?.memberId ?? ''
  }

  /** Whether the listener is being called: it must not wait for what waits for it. */
  get isTelling(): boolean {
    return this.#tellings > 0
  }

  /** Whether polls may hand out records: nothing is to be carried out, or told, first. */
  get isReady(): boolean {
    if (this.#subscribed === null) return this.#turn === null
    return (
      this.#turn === null &&
      this.#failure === null &&
      this.#membership !== null &&
      !this.#membership.hasChanged
    )
  }

  /** Whether something is being carried out now. */
  get isSettling(): boolean {
    return this.#turn !== null
  }

  /** Why the group accepts nothing of it any more; `null`: it is a member, or never was. */
  refusal(): RinglogError | null {
    const fence = this.#membership?.fence ?? null
    return this.#replaced ?? (fence === null ? null : this.#fencedError(fence))
  }

  /** The member polls, or comes back from waiting in a poll. */
  beat(nowMs: number): void {
    this.#membership?.beat(nowMs)
  }

  beginWaiting(): void {
    this.#membership?.beginWaiting()
  }

  /** See `Consumer.subscribe`. */
  subscribe(to: GroupSubscription, listener: RebalanceListener): Promise<void> {
    return this.#inTurn(async () => {
      this.#parts.lifecycle.assertOpen()
      const subscribed = { to, listener }
      if (!(await this.#change(subscribed))) {
        await this.#lose()
        await this.#join(subscribed)
      }
      this.#failure = null
      const unknown = this.#parts.subscription.order.filter(({ fetcher }) => !fetcher.hasPosition)
      if (unknown.length > 0) throw noOffset(unknown.map(({ at }) => at))
    })
  }

  /** See `Consumer.unsubscribe`. */
  unsubscribe(): Promise<void> {
    return this.#inTurn(async () => {
      this.#parts.lifecycle.assertOpen()
      await this.#depart()
      this.#subscribed = null
      this.#failure = null
      this.#replaced = null
    })
  }

  /**
   * Starts to carry out what the group asks, unless that is under way; rings the consumer when it is
   * done.
   *
   * @throws What the last time has failed with.
   */
  settle(): void {
    const failure = this.#failure
    if (failure !== null) {
      if (failure.error !== this.#replaced) this.#failure = null
      throw failure.error
    }
    if (this.#turn !== null) return
    this.#inTurn(() => this.#settle()).catch((error: unknown) => {
      if (!this.#parts.lifecycle.isClosed) this.#failure = { error }
    })
  }

  /**
   * Leaves the group; the consumer is closed by now. It does not wait for what is under way, and when
   * `hurry` is aborted for nothing more.
   */
  async close(hurry: AbortSignal): Promise<void> {
    await this.#depart(hurry)
  }

  /** One step after the other; polls wait while one is under way. */
  #inTurn(make: () => Promise<void>): Promise<void> {
    const made = (this.#turn ?? Promise.resolve()).then(make)
    const turn = made
      .catch(() => undefined)
      .then(() => {
        if (this.#turn !== turn) return
        this.#turn = null
        this.#parts.doorbell.ring()
      })
    this.#turn = turn
    return made
  }

  async #settle(): Promise<void> {
    const membership = this.#membership
    if (this.#subscribed === null || this.#parts.lifecycle.isClosed) return
    if (membership === null) return this.#join(this.#subscribed)
    try {
      if (membership.fence === null) {
        await this.#apply(membership, await membership.reconcile([]))
        return
      }
    } catch (error) {
      // It was put out in the middle.
      if (!RinglogError.is(error, 'UNKNOWN_MEMBER_ID')) throw error
    }
    await this.#lose()
    if (this.#replaced !== null) throw this.#replaced
    if (!this.#parts.lifecycle.isClosed) await this.#join(this.#subscribed)
  }

  /** Changes what the member subscribes to; `false`: it is none (any more). */
  async #change(subscribed: Subscribed): Promise<boolean> {
    const membership = this.#membership
    if (membership === null || membership.fence !== null) return false
    try {
      const change = await membership.changeSubscription(subscribed.to)
      this.#subscribed = subscribed
      await this.#apply(membership, change)
      return true
    } catch (error) {
      if (RinglogError.is(error, 'UNKNOWN_MEMBER_ID')) return false
      throw error
    }
  }

  async #join(subscribed: Subscribed): Promise<void> {
    const { engine, config, clientId, groupId, doorbell, lifecycle } = this.#parts
    this.#replaced = null
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
      start: config.autoOffsetReset === 'latest' ? 'latest' : 'earliest',
    })
    if (lifecycle.isClosed) {
      await membership.leave()
      lifecycle.assertOpen()
    }
    this.#membership = membership
    this.#subscribed = subscribed
    await this.#apply(membership, change)
  }

  /**
   * Carries out what the group asks until there is nothing more: first what is to be let go, then what
   * is new.
   */
  async #apply(membership: GroupMembership, first: GroupChange): Promise<void> {
    const { subscription, config, lifecycle } = this.#parts
    let failure: { readonly error: unknown } | null = null
    let granted: OpenPartition[] = []
    for (let change = first; ;) {
      granted.push(...change.granted)
      const { toRelease } = change
      if (toRelease.length === 0) break
      granted = granted.filter((open) => !includes(toRelease, open))
      const held = toRelease.filter((p) => subscription.has(p))
      failure ??= await this.#letGo(held)
      if (lifecycle.isClosed) return
      change = await membership.reconcile(toRelease)
    }
    if (lifecycle.isClosed || membership.fence !== null) return
    for (const open of granted) {
      subscription.remove(open)
      const isKnown = config.autoOffsetReset !== 'none' || open.grant?.committed !== null
      subscription.add(open, isKnown, true)
    }
    failure ??= await this.#tell('onPartitionsAssigned', granted)
    if (failure !== null) throw failure.error
  }

  /** Commits, tells the listener, and has these partitions no more. */
  async #letGo(
    partitions: readonly TopicPartition[],
    hurry = NEVER,
  ): Promise<{ readonly error: unknown } | null> {
    const { subscription } = this.#parts
    const commits = this.#parts.commits()
    commits.commitBeforeLoss()
    this.#leaving = partitions
    const told = this.#tell('onPartitionsRevoked', partitions)
    const failure = (await unlessAborted(told, hurry)) ?? null
    this.#leaving = []
    commits.commitBeforeLoss() // the listener may have sought
    for (const p of partitions) subscription.remove(p)
    return failure
  }

  /** Leaves, if it is a member; what it has is given up, or is lost already. */
  async #depart(hurry = NEVER): Promise<void> {
    const { subscription } = this.#parts
    const membership = this.#membership
    if (membership === null) return
    if (membership.fence !== null) return this.#lose(hurry)
    this.#membership = null
    const held = subscription.partitions.filter((p) => !includes(this.#leaving, p))
    const failure = await this.#letGo(held, hurry)
    await unlessAborted(membership.leave(), hurry)
    if (failure !== null) throw failure.error
  }

  /** What the consumer had as a member is gone. */
  async #lose(hurry = NEVER): Promise<void> {
    const { subscription } = this.#parts
    const fence = this.#membership?.fence ?? null
    if (fence?.reason === 'replaced') this.#replaced = this.#fencedError(fence)
    const lost = this.#membership === null ? [] : subscription.partitions
    this.#membership = null
    for (const p of lost) subscription.remove(p)
    const told = this.#tell('onPartitionsLost', lost)
    const failure = (await unlessAborted(told, hurry)) ?? null
    if (failure !== null) throw failure.error
  }

  /** Calls the listener; returns what it throws. */
  async #tell(
    what: keyof RebalanceListener,
    partitions: readonly TopicPartition[],
  ): Promise<{ readonly error: unknown } | null> {
    const listener = this.#subscribed?.listener
    if (listener?.[what] === undefined || partitions.length === 0) return null
    this.#tellings++
    try {
      await listener[what](partitions.map(({ topic, partition }) => ({ topic, partition })))
      return null
    } catch (error) {
      return { error }
    } finally {
      this.#tellings--
    }
  }

  #fencedError({ reason, elapsedMs }: MemberFence): RinglogError {
    const { groupId, config } = this.#parts
    const { maxPollIntervalMs, groupInstanceId } = config
    const details = { groupId, reason, elapsedMs, maxPollIntervalMs, groupInstanceId }
    if (reason === 'replaced') {
      return new RinglogError(
        'FENCED_MEMBER_EPOCH',
        `another consumer has joined group ${groupId} with groupInstanceId ${String(groupInstanceId)}: ` +
          'this one is no member any more; subscribe again to take its place back',
        { details },
      )
    }
    const what =
      reason === 'maxPollInterval'
        ? 'it had not polled'
        : 'its event loop had not turned to give up partitions'
    return new RinglogError(
      'STALE_MEMBER_EPOCH',
      `group ${groupId} has put this member out and given its partitions to others: ${what} for ` +
        `${elapsedMs} ms, maxPollIntervalMs=${maxPollIntervalMs}; the next poll joins again`,
      { details },
    )
  }
}

function includes(partitions: readonly TopicPartition[], p: TopicPartition): boolean {
  return partitions.some(({ topic, partition }) => topic === p.topic && partition === p.partition)
}
