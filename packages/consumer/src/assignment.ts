import type {
  Doorbell,
  ConsumerEngine,
  OpenPartition,
  TopicPartition,
} from '@ringlog/core/internal'
import { randomUUID } from 'node:crypto'
import type { ResolvedConsumerConfig } from './config.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { OffsetCommits } from './offset-commits.ts'
import { noOffset } from './partition-errors.ts'
import type { SubscriptionState } from './subscription-state.ts'
import { unlessAborted } from './unless-aborted.ts'

/** What an assignment belongs to. */
export interface AssignmentOwner {
  readonly engine: ConsumerEngine
  readonly config: ResolvedConsumerConfig
  readonly clientId: string
  readonly doorbell: Doorbell
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
}

/** Opens and closes the partitions of one consumer; changes are carried out one after the other. */
export class Assignment {
  /** Names the consumer to the log. */
  readonly consumerId = randomUUID()
  readonly #owner: AssignmentOwner
  readonly #commits: () => OffsetCommits | null
  #changing: Promise<void> = Promise.resolve()
  #changes = 0

  /** @param commits `null`: the consumer has no group. */
  constructor(owner: AssignmentOwner, commits: () => OffsetCommits | null) {
    this.#owner = owner
    this.#commits = commits
  }

  /** Takes exactly these partitions; resolves when their positions are fixed. */
  change(wanted: readonly TopicPartition[]): Promise<void> {
    this.#changes++
    const turn = this.#changing
      .then(() => this.#change(wanted))
      .finally(() => {
        this.#changes--
        this.#owner.doorbell.ring() // a poll may wait for what is given up now
      })
    this.#changing = turn.catch(() => undefined)
    return turn
  }

  /** Whether a change is under way. */
  get isChanging(): boolean {
    return this.#changes > 0
  }

  /** Gives all partitions up; when `hurry` is aborted, waits for nothing more. */
  async close(hurry: AbortSignal): Promise<void> {
    await unlessAborted(this.#changing, hurry)
    const { engine, subscription } = this.#owner
    this.#commits()?.commitBeforeLoss()
    await unlessAborted(engine.closePartitions(this.consumerId, subscription.partitions), hurry)
  }

  async #change(wanted: readonly TopicPartition[]): Promise<void> {
    const { engine, config, clientId, doorbell, subscription, lifecycle } = this.#owner
    lifecycle.assertOpen()
    const kept = subscription.order.filter(
      ({ at, open }) => wanted.some((p) => isSame(p, at)) && !open.isDeleted(),
    )
    const removed = subscription.order.filter((assigned) => !kept.includes(assigned))
    const added = wanted.filter((p) => !kept.some(({ at }) => isSame(at, p)))
    const unknown: TopicPartition[] = []
    let opened: OpenPartition[] = []
    if (added.length > 0) {
      const start = config.autoOffsetReset === 'latest' ? 'latest' : 'earliest'
      opened = await engine.openPartitions({
        consumerId: this.consumerId,
        clientId,
        groupId: config.groupId,
        doorbell,
        isGating: config.gating,
        partitions: added.map((p) => ({ ...p, start })),
      })
      if (lifecycle.isClosed) {
        await engine.closePartitions(this.consumerId, added)
        lifecycle.assertOpen()
      }
    }
    if (removed.length > 0) this.#commits()?.commitBeforeLoss()
    for (const { at } of removed) subscription.remove(at)
    for (const open of opened) {
      const isCommitted = open.grant !== null && open.grant.committed !== null
      const hasPosition = config.autoOffsetReset !== 'none' || isCommitted
      if (!hasPosition) unknown.push({ topic: open.topic, partition: open.partition })
      subscription.add(open, hasPosition)
    }
    doorbell.ring()
    // Of a deleted topic nothing is left to close; by its name there may be another, just opened.
    const closing = removed.filter(({ open }) => !open.isDeleted()).map(({ at }) => at)
    await engine.closePartitions(this.consumerId, closing)
    if (unknown.length > 0) throw noOffset(unknown)
  }
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic && a.partition === b.partition
}
