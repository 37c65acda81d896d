import {
  matcherOf,
  type Clock,
  type GroupMetrics,
  type GroupSubscription,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Assignor } from '@ringlog/core/internal/assignors'
import type { BrokerEvents } from '../broker-events.ts'
import type { Registrar } from '../registrar.ts'
import type { TopicRegistry } from '../topic/topic-registry.ts'
import type { GroupCoordinator } from '../../coordinator/group-coordinator.ts'
import type { GroupEffect } from '../../coordinator/group-effect.ts'
import type { GroupGates } from './group-gates.ts'
import type { JoinGroupMessage, MemberAnswer } from '../../wire/group-service.ts'
import { MemberLink } from './member-link.ts'

/** How long, at the most, a member that reconciles waits for grants: it reads nothing meanwhile. */
const GRANT_WAIT_MS = 50

/**
 * Carries out what a group's coordinator decides: moves gates, notifies members, and reports back.
 *
 * Thread: the controller's.
 */
export class GroupDriver {
  readonly #parts: GroupDriverParts
  readonly #members = new Map<string, MemberLink>()
  readonly #waiters = new Set<GrantWaiter>()
  #rebalances = 0
  #rebalanceMs = 0

  constructor(parts: GroupDriverParts) {
    this.#parts = parts
  }

  get counts(): Pick<GroupMetrics, 'rebalancesTotal' | 'rebalanceMsTotal'> {
    return { rebalancesTotal: this.#rebalances, rebalanceMsTotal: this.#rebalanceMs }
  }

  /** Admits a member; resolves once the free ones of its partitions are granted to it. */
  async join(
    message: JoinGroupMessage,
    session: object,
    assignor: Assignor,
  ): Promise<MemberAnswer> {
    const { consumer, instanceId, subscription, sessionTimeoutMs, maxPollIntervalMs } = message
    const link = new MemberLink({ ...consumer, session }, message.start, message.memory)
    const { memberId } = link
    this.#members.set(memberId, link)
    try {
      this.#parts.coordinator.join(
        {
          memberId,
          instanceId,
          clientId: consumer.clientId,
          matcher: matcherOf(subscription),
          assignor,
          sessionTimeoutMs,
          maxPollIntervalMs,
        },
        this.#nowMs,
      )
    } catch (error) {
      this.#members.delete(memberId)
      throw error
    }
    this.#act()
    await this.#untilGranted(memberId)
    link.admit(this.#nowMs)
    return this.reconcile(memberId, [])
  }

  /** Resolves as `join`. */
  async changeSubscription(
    memberId: string,
    subscription: GroupSubscription,
  ): Promise<MemberAnswer> {
    this.#parts.coordinator.changeSubscription(memberId, matcherOf(subscription), this.#nowMs)
    this.#act()
    await this.#untilGranted(memberId)
    return this.reconcile(memberId, [])
  }

  /**
   * See `GroupCoordinator.reconcile`. Released partitions go on to their next owners at once; the answer
   * waits a while for grants that are on their way to the member.
   */
  async reconcile(memberId: string, released: readonly TopicPartition[]): Promise<MemberAnswer> {
    const first = released.length === 0 ? null : this.#reconcile(memberId, released)
    await this.#members.get(memberId)?.untilGrantsCame(GRANT_WAIT_MS)
    const last = this.#reconcile(memberId, [])
    return first === null ? last : { ...last, granted: [...first.granted, ...last.granted] }
  }

  /** Resolves when nothing of the group is the member's any more. */
  async leave(memberId: string): Promise<void> {
    this.#parts.coordinator.leave(memberId, this.#nowMs)
    this.#part(memberId)
    await this.#parts.gates.movesDone()
  }

  /** A member's thread or client is gone. An unknown member is passed over. */
  died(memberId: string): void {
    this.#parts.coordinator.died(memberId, this.#nowMs)
    this.#part(memberId)
  }

  /** The session of a client is over: its members are dead. */
  sessionEnded(session: object): void {
    for (const { memberId, consumer } of this.#members.values()) {
      if (consumer.session === session) this.died(memberId)
    }
  }

  topicsChanged(partitionCounts: ReadonlyMap<string, number>): void {
    this.#parts.coordinator.topicsChanged(partitionCounts, this.#nowMs)
    this.#act()
  }

  enforceRebalance(): void {
    this.#parts.coordinator.enforceRebalance(this.#nowMs)
    this.#act()
  }

  /** To be called when `nextDeadlineMs` has come. */
  tick(): void {
    this.#parts.coordinator.tick(this.#nowMs, this.#lastPollMsOf)
    this.#act()
  }

  nextDeadlineMs(): number {
    return this.#parts.coordinator.nextDeadlineMs(this.#nowMs, this.#lastPollMsOf)
  }

  /** Wakes all members: the broker closes. */
  ringAll(): void {
    for (const link of this.#members.values()) link.ring()
  }

  get #nowMs(): number {
    return this.#parts.clock.nowMs()
  }

  readonly #lastPollMsOf = (memberId: string): number =>
    this.#members.get(memberId)?.lastPollMs ?? Infinity

  #reconcile(memberId: string, released: readonly TopicPartition[]): MemberAnswer {
    const { coordinator, registrar } = this.#parts
    const assignment = coordinator.reconcile(memberId, released, this.#nowMs)
    this.#act()
    // After the effects that move them to their next owners: a worker answers one call after the other.
    const isGone = (p: TopicPartition): boolean => !coordinator.isHolder(memberId, p)
    void registrar.close(memberId, released.filter(isGone))
    return {
      assignmentEpoch: assignment.assignmentEpoch,
      granted: this.#members.get(memberId)?.takeGrants(assignment.granted) ?? [],
      toRelease: assignment.toRelease,
    }
  }

  #part(memberId: string): void {
    this.#members.delete(memberId)
    this.#act()
    void this.#parts.registrar.forget(memberId)
  }

  async #untilGranted(memberId: string): Promise<void> {
    if (!this.#parts.coordinator.isAwaitingGrants(memberId)) return
    await new Promise<void>((resolve) => void this.#waiters.add({ memberId, resolve }))
  }

  /** Carries out the coordinator's effects, and resolves the calls that waited for them. */
  #act(): void {
    const { coordinator, onActed } = this.#parts
    for (const effect of coordinator.takeEffects()) this.#carryOut(effect)
    for (const waiter of this.#waiters) {
      if (coordinator.isAwaitingGrants(waiter.memberId)) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
    onActed()
  }

  #carryOut(effect: GroupEffect): void {
    const { gates, topics, registrar, events } = this.#parts
    switch (effect.type) {
      case 'notify':
        this.#members.get(effect.memberId)?.notify(effect.assignmentEpoch)
        return
      case 'grant': {
        const link = this.#members.get(effect.memberId)
        const made = this.#move(effect.moveId, async () => {
          if (link === undefined) return
          const granted = await gates.grant(topics.partition(effect), link.consumer, link.start)
          if (granted !== null) link.addGrant(granted)
        })
        link?.expectGrant(made)
        return
      }
      case 'park':
        void this.#move(effect.moveId, async () => {
          await gates.on(topics.partition(effect)).move(null)
        })
        return
      case 'fence':
        this.#members.get(effect.memberId)?.fence(effect.reason, effect.elapsedMs)
        this.#members.delete(effect.memberId)
        void registrar.forget(effect.memberId)
        return
      case 'rebalance': {
        const { type: _, ...event } = effect
        this.#rebalances++
        this.#rebalanceMs += event.durationMs
        events.publish('rebalance', event)
        return
      }
      case 'assignorFailed':
        events.error(effect.error)
    }
  }

  async #move(moveId: number, make: () => Promise<void>): Promise<void> {
    const { coordinator } = this.#parts
    const isMade = await make().then(
      () => true,
      () => false, // the coordinator asks for it again a little later
    )
    if (isMade) coordinator.moved(moveId, this.#nowMs)
    else coordinator.moveFailed(moveId, this.#nowMs)
    this.#act()
  }
}

/** What a group driver acts on. */
export interface GroupDriverParts {
  readonly coordinator: GroupCoordinator
  readonly gates: GroupGates
  readonly topics: TopicRegistry
  readonly registrar: Registrar
  readonly events: BrokerEvents
  readonly clock: Clock
  /** Called after every input of the coordinator: when a `tick` is due may have changed. */
  readonly onActed: () => void
}

/** A `join` or `changeSubscription` that waits until the free partitions are granted to its member. */
interface GrantWaiter {
  readonly memberId: string
  resolve(): void
}
