import type { AutoOffsetReset, Consumer, ConsumerRecord } from '@ringlog/consumer'
import { RinglogError, type TopicPartition } from '@ringlog/core'
import { expect } from 'vitest'
import type { MemoryLog, MemoryPartition } from './memory-log.ts'

/** A partition as the model knows it. */
class ModelPartition {
  readonly partition: number
  readonly log: MemoryPartition
  isAssigned = false
  isPaused = false
  /** `null`: not known yet. */
  position: number | null = null
  currentOffset = -1
  /** No record from here on was ever copied into the consumer's memory since the assignment. */
  unseenOffset = 0

  constructor(partition: number, log: MemoryPartition) {
    this.partition = partition
    this.log = log
  }

  get start(): number {
    return this.log.writer.logStartOffset
  }

  get end(): number {
    return this.log.writer.endOffset
  }

  /** Whether polls look at it. */
  get isServed(): boolean {
    return this.isAssigned && !this.isPaused
  }

  get isOutOfRange(): boolean {
    return this.position !== null && (this.position < this.start || this.position > this.end)
  }

  /** Records that the next polls must hand out, whatever the consumer has in its own memory. */
  get certain(): number {
    if (!this.isServed || this.position === null || this.isOutOfRange) return 0
    return this.end - this.position
  }
}

/**
 * A consumer as it should be. It knows what is in the logs, and where the consumer stands; not what
 * the consumer has copied into its own memory by now, so for records that the log has lost since both
 * are right: to hand them out still, or to reset.
 */
export class ConsumerModel {
  readonly partitions: ModelPartition[]
  readonly #reset: AutoOffsetReset
  readonly #maxPollRecords: number

  constructor(log: MemoryLog, reset: AutoOffsetReset, maxPollRecords: number) {
    this.partitions = log.partitions.map((partition, i) => new ModelPartition(i, partition))
    this.#reset = reset
    this.#maxPollRecords = maxPollRecords
  }

  get assigned(): ModelPartition[] {
    return this.partitions.filter(({ isAssigned }) => isAssigned)
  }

  /** Whether a wait for one record ends. */
  get hasCertain(): boolean {
    return this.partitions.some(({ certain }) => certain > 0)
  }

  /** Takes exactly these partitions; returns whether that is to reject, for want of a position. */
  assign(numbers: readonly number[]): boolean {
    let isRefused = false
    for (const p of this.partitions) {
      const isAssigned = numbers.includes(p.partition)
      if (isAssigned && !p.isAssigned) {
        p.isPaused = false
        p.currentOffset = -1
        p.unseenOffset = 0
        p.position = this.#resetTarget(p)
        if (p.position === null) isRefused = true
      }
      p.isAssigned = isAssigned
    }
    return isRefused
  }

  /** A poll was made: what it handed out must be right, and enough. */
  polled(records: readonly ConsumerRecord[]): void {
    expect(records.length).toBeLessThanOrEqual(this.#maxPollRecords)
    const certain = this.partitions.reduce((sum, p) => sum + p.certain, 0)
    expect(records.length).toBeGreaterThanOrEqual(Math.min(this.#maxPollRecords, certain))
    this.#lookedAt()
    for (const record of records) this.handedOut(record)
  }

  /** An iteration polls at times, and hands out one record. */
  yielded(record: ConsumerRecord): void {
    this.#lookedAt()
    this.handedOut(record)
  }

  /** As many records as there are: `expect` would take most of the test's time here. */
  handedOut({ partition, offset, value }: ConsumerRecord): void {
    const p = this.partitions[partition]!
    const text = String(value).trimEnd()
    const isNext = offset === p.position
    const isStillKept = isNext && (offset >= p.start || offset < p.unseenOffset)
    const isReset = !isNext && p.isOutOfRange && offset === this.#resetTarget(p)
    if (!p.isServed || !(isStillKept || isReset) || text !== `${partition}:${offset}`) {
      const { isAssigned, isPaused, position, start, end, unseenOffset } = p
      const known = { isAssigned, isPaused, position, start, end, unseenOffset }
      throw new Error(`not to be handed out: ${text} at ${offset} of ${JSON.stringify(known)}`)
    }
    p.position = offset + 1
    p.currentOffset = offset
  }

  /** An error that a poll told of: only what can be wrong now, and with "none". */
  failed(error: unknown): void {
    const served = this.partitions.filter(({ isServed }) => isServed)
    const codes: string[] = []
    if (this.#reset === 'none' && served.some((p) => p.isOutOfRange))
      codes.push('OFFSET_OUT_OF_RANGE')
    if (served.some((p) => p.position === null)) codes.push('NO_OFFSET_FOR_PARTITION')
    if (this.assigned.length === 0) codes.push('INVALID_STATE')
    expect(codes).toContain((error as { code?: string }).code)
    this.#lookedAt()
  }

  /** Everything that a user can see is as it should be. */
  check(consumer: Consumer, log: MemoryLog): void {
    for (const p of this.assigned) this.#takeResetOver(p, consumer, log)
    const seen = consumer.assignment().map((at) => {
      const isPaused = consumer.paused().some(({ partition }) => partition === at.partition)
      const position = positionOf(consumer, at)
      const lag = position === null ? null : consumer.lag(at)
      return [at.partition, isPaused, position, lag, consumer.currentOffset(at)]
    })
    const expected = this.assigned.map((p) => {
      const lag = p.position === null ? null : Math.max(0, p.end - p.position)
      return [p.partition, p.isPaused, p.position, lag, p.currentOffset]
    })
    // One comparison as text: this is called after every operation.
    if (
      JSON.stringify(seen.sort(([a], [b]) => Number(a) - Number(b))) !== JSON.stringify(expected)
    ) {
      expect(seen).toEqual(expected)
    }
  }

  /** A poll may have reset a position, and had nothing to hand out from there. */
  #takeResetOver(p: ModelPartition, consumer: Consumer, log: MemoryLog): void {
    const position = positionOf(consumer, log.at(p.partition))
    if (position === p.position || !p.isServed || !p.isOutOfRange) return
    if (position === this.#resetTarget(p)) p.position = position
  }

  #lookedAt(): void {
    for (const p of this.partitions) if (p.isServed) p.unseenOffset = p.end
  }

  #resetTarget(p: ModelPartition): number | null {
    if (this.#reset === 'none') return null
    return this.#reset === 'earliest' ? p.start : p.end
  }
}

/** `null`: not known yet. */
function positionOf(consumer: Consumer, at: TopicPartition): number | null {
  try {
    return consumer.position(at)
  } catch (error) {
    if (RinglogError.is(error, 'INVALID_STATE')) return null
    throw error
  }
}
