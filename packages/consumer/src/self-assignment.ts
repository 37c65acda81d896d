import type { OpenPartition, TopicPartition } from '@ringlog/core/internal'
import { randomUUID } from 'node:crypto'
import { fetchOptionsOf } from './fetch-options.ts'
import type { Ownership, OwnershipParts } from './ownership.ts'
import { noOffset } from './partition-errors.ts'
import { unlessAborted } from './unless-aborted.ts'

/**
 * The partitions that a consumer's user assigns to it: opens and closes them; changes are carried out one
 * after the other.
 *
 * Thread: the consumer's.
 */
export class SelfAssignment implements Ownership {
  readonly consumerId = randomUUID()
  readonly isGroups = false
  readonly isInListener = false
  readonly #parts: OwnershipParts
  #changing: Promise<void> = Promise.resolve()
  /** Whether the last change is to give the consumer partitions, and not to take all away. */
  #isForPartitions = false
  #changes = 0
  /** Aborted as the consumer closes: it does not wait to be told where partitions begin. */
  readonly #closing = new AbortController()

  constructor(parts: OwnershipParts) {
    this.#parts = parts
  }

  get pendingCall(): string | null {
    return this.isChanging && this.#isForPartitions ? 'assign()' : null
  }

  /** Whether a change is under way. */
  get isChanging(): boolean {
    return this.#changes > 0
  }

  /** Nothing says so: another consumer of the group may assign the same partitions at any time. */
  refusal(): null {
    return null
  }

  /** Takes exactly these partitions; resolves when their positions are fixed. */
  change(wanted: readonly TopicPartition[]): Promise<void> {
    this.#changes++
    this.#isForPartitions = wanted.length > 0
    const turn = this.#changing
      .then(() => this.#change(wanted))
      .finally(() => {
        this.#changes--
        this.#parts.doorbell.ring() // a poll may wait for what is given up now
      })
    this.#changing = turn.catch(() => undefined)
    return turn
  }

  unsubscribe(): Promise<void> {
    return this.change([])
  }

  async close(hurry: AbortSignal): Promise<void> {
    this.#closing.abort(this.#parts.lifecycle.closedError)
    await unlessAborted(this.#changing, hurry)
    const { engine, subscription, autoCommits } = this.#parts
    const lastCommits = autoCommits.commitBeforeLoss()
    if (lastCommits !== null) await unlessAborted(lastCommits, hurry)
    await unlessAborted(engine.closePartitions(this.consumerId, subscription.partitions), hurry)
  }

  async #change(wanted: readonly TopicPartition[]): Promise<void> {
    const { engine, subscription, config, doorbell, lifecycle, autoCommits } = this.#parts
    lifecycle.assertOpen()
    const kept = subscription.order.filter(
      ({ at, open }) => wanted.some((p) => isSame(p, at)) && !open.isDeleted(),
    )
    const removed = subscription.order.filter((assigned) => !kept.includes(assigned))
    const added = wanted.filter((p) => !kept.some(({ at }) => isSame(at, p)))
    const unknown: TopicPartition[] = []
    const opened = added.length === 0 ? [] : await this.#open(added)
    const lastCommits = removed.length > 0 ? autoCommits.commitBeforeLoss() : null
    for (const { at } of removed) subscription.remove(at)
    for (const open of opened) {
      const isCommitted = (open.commits?.committed ?? null) !== null
      const hasPosition = config.autoOffsetReset !== 'none' || isCommitted
      if (!hasPosition) unknown.push({ topic: open.topic, partition: open.partition })
      subscription.add(open, hasPosition)
    }
    doorbell.ring()
    if (lastCommits !== null) await lastCommits
    // Of a deleted topic nothing is left to close; by its name there may be another, just opened.
    const closing = removed.filter(({ open }) => !open.isDeleted()).map(({ at }) => at)
    await engine.closePartitions(this.consumerId, closing)
    if (unknown.length > 0) throw noOffset(unknown)
  }

  async #open(added: readonly TopicPartition[]): Promise<OpenPartition[]> {
    const { engine, config, clientId, doorbell, lifecycle } = this.#parts
    const start = config.autoOffsetReset === 'latest' ? 'latest' : 'earliest'
    const request = {
      consumerId: this.consumerId,
      clientId,
      groupId: config.groupId,
      doorbell,
      isGating: config.gating,
      fetch: fetchOptionsOf(config),
      partitions: added.map((p) => ({ ...p, start }) as const),
    }
    let opened: OpenPartition[] = []
    try {
      opened = await engine.openPartitions(request, { signal: this.#closing.signal })
      lifecycle.assertOpen()
      return opened
    } catch (error) {
      if (lifecycle.isClosed) {
        for (const { reader } of opened) reader.close()
        // The log may have them open, also where its answer was not waited for.
        await engine.closePartitions(this.consumerId, added).catch(() => undefined)
      }
      throw error
    }
  }
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic && a.partition === b.partition
}
