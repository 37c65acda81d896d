import {
  RinglogError,
  partitionName,
  show,
  type Doorbell,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { AssignedPartition } from './assigned-partition.ts'
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
  seekToBeginning(partitions: readonly TopicPartition[]): void {
    this.#move(this.#chosen(partitions), ({ open }) => open.reader.logStartOffset)
  }

  /** See `Consumer.seekToEnd`. */
  seekToEnd(partitions: readonly TopicPartition[]): void {
    this.#move(this.#chosen(partitions), ({ open }) => open.reader.endOffset)
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

/** What positions are kept in. */
export interface PositionsParts {
  readonly doorbell: Doorbell
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
  /** The rebalance listener may move positions also while the consumer closes. */
  readonly ownership: CurrentOwnership
}
