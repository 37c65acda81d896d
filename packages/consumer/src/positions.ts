import {
  RinglogError,
  partitionName,
  show,
  type ConsumerEngine,
  type Doorbell,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { AssignedPartition } from './assigned-partition.ts'
import type { ResolvedConsumerConfig } from './config.ts'
import type { CurrentOwnership } from './current-ownership.ts'
import type { Lifecycle } from './lifecycle.ts'
import { deletedError } from './partition-errors.ts'
import { checkPartitions, type SubscriptionState } from './subscription-state.ts'

/** A consumer's positions, as its user sees and moves them; and which partitions rest. */
export class Positions {
  readonly #parts: PositionsParts

  constructor(parts: PositionsParts) {
    this.#parts = parts
  }

  /** See `Consumer.seek`. */
  seek(p: TopicPartition, offset: number): void {
    this.#assertOpen()
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new RinglogError(
        'INVALID_REQUEST',
        `an offset must be a non-negative safe integer, got ${show(offset)}`,
      )
    }
    this.#move([this.#parts.subscription.get(p)], () => offset)
  }

  /** See `Consumer.seekToBeginning`. */
  seekToBeginning(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#seekToBound(partitions, 'earliest')
  }

  /** See `Consumer.seekToEnd`. */
  seekToEnd(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#seekToBound(partitions, 'latest')
  }

  /** See `Consumer.position`. */
  position(p: TopicPartition): number {
    const { hasPosition, position, at } = this.#parts.subscription.get(p)
    if (hasPosition) return position
    throw new RinglogError(
      'INVALID_STATE',
      `the position in partition ${partitionName(at.topic, at.partition)} is not known yet: seek first`,
      { details: { ...at } },
    )
  }

  /** See `Consumer.currentOffset`. */
  currentOffset(p: TopicPartition): number {
    return this.#parts.subscription.get(p).currentOffset
  }

  /** See `Consumer.lag`. */
  lag(p: TopicPartition): number {
    const position = this.position(p)
    const { open, at } = this.#parts.subscription.get(p)
    if (open.isDeleted()) throw deletedError(at)
    return Math.max(0, open.reader.endOffset - position)
  }

  /** See `Consumer.pause`. */
  pause(partitions: readonly TopicPartition[]): void {
    const { subscription } = this.#parts
    const chosen = this.#named(partitions)
    subscription.recall()
    for (const assigned of chosen) assigned.pause()
  }

  /** See `Consumer.resume`. */
  resume(partitions: readonly TopicPartition[]): void {
    for (const assigned of this.#named(partitions)) assigned.resume()
    this.#parts.doorbell.ring()
  }

  /** See `Consumer.paused`. */
  paused(): TopicPartition[] {
    return this.#parts.subscription.order
      .filter(({ isPaused }) => isPaused)
      .map(({ at }) => ({ ...at }))
  }

  /** Where the log lives elsewhere it is asked; what is not assigned any more by then is left alone. */
  async #seekToBound(
    partitions: readonly TopicPartition[],
    bound: 'earliest' | 'latest',
  ): Promise<void> {
    const { engine, config, subscription } = this.#parts
    const chosen = this.#chosen(partitions)
    this.#move(
      chosen.filter((assigned) => !isRemote(assigned)),
      ({ open: { reader } }) => (bound === 'latest' ? reader.endOffset : reader.logStartOffset),
    )
    const remote = chosen.filter(isRemote)
    if (remote.length === 0) return
    const { isolationLevel } = config
    const named = remote.map(({ at }) => at)
    const offsets = await engine.listOffsets(named, bound, { isolationLevel })
    const found = new Map(remote.map((assigned, i) => [assigned, offsets[i]!]))
    const kept = remote.filter((assigned) => subscription.find(assigned.at) === assigned)
    this.#move(kept, (assigned) => found.get(assigned)!)
  }

  #move(partitions: readonly AssignedPartition[], to: (p: AssignedPartition) => number): void {
    const { doorbell, subscription } = this.#parts
    subscription.recall()
    for (const assigned of partitions) {
      assigned.moveTo(to(assigned))
      assigned.releasePassed()
    }
    doorbell.ring()
  }

  /** The partitions named, or all where none is, as in Kafka. */
  #chosen(partitions: readonly TopicPartition[]): readonly AssignedPartition[] {
    const named = this.#named(partitions)
    return named.length > 0 ? named : this.#parts.subscription.order
  }

  #named(partitions: readonly TopicPartition[]): AssignedPartition[] {
    const { subscription } = this.#parts
    this.#assertOpen()
    return checkPartitions(partitions).map((p) => subscription.get(p))
  }

  #assertOpen(): void {
    if (!this.#parts.ownership.now.isInListener) this.#parts.lifecycle.assertOpen()
  }
}

function isRemote({ open }: AssignedPartition): boolean {
  return open.isRemote === true
}

/** What positions are kept in. */
export interface PositionsParts {
  readonly engine: ConsumerEngine
  readonly config: ResolvedConsumerConfig
  readonly doorbell: Doorbell
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
  /** The rebalance listener may move positions also while the consumer closes. */
  readonly ownership: CurrentOwnership
}
