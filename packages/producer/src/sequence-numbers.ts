import { NONE, sequenceAfter, type ProducerIdentity } from '@ringlog/core/internal'
import type { ProducerBatch } from './producer-batch.ts'

/** Kafka's epochs are 16-bit; after the last one a producer needs a new id. */
const MAX_EPOCH = 0x7fff

/**
 * Whether the numbers of this epoch go on: `current`. Else a new epoch begins once the log is known to have,
 * or not to have, every batch that it may have: `ending`; `unresolved`, where one such batch was given up, so
 * that nothing will be known of it.
 */
type EpochState = 'current' | 'ending' | 'unresolved'

/**
 * Numbers the batches of one partition, so that its log refuses what is out of order and appends
 * nothing twice.
 *
 * A batch is numbered when it leaves. What the log is known not to have is numbered anew when it
 * leaves again; what it may have, because no answer came, leaves under the same number: the log then
 * answers with the offset that the batch has.
 *
 * A number whose batch was given up without an answer must not be used for another one, nor may a
 * late arrival under an old number be taken for a new batch. Then a new epoch begins, in which all
 * numbers start at 0 and what comes under the old one is refused; but only once nothing is left that
 * the log may have under the old epoch.
 *
 * Source: Apache Kafka, `producer/internals/TransactionManager.java`, `TxnPartitionEntry.java`.
 */
export class SequenceNumbers {
  #producerId = NONE
  #epoch = 0
  /** What the next batch gets. */
  #next = 0
  /** What follows the last batch that the log is known to have. */
  #afterAppended = 0
  #lastAppendedOrdinal = NONE
  /** How many batches of this producer id the log is known to have taken. */
  #appendedBatches = 0
  #epochState: EpochState = 'current'

  /** Whether batches are numbered at all. */
  get isEnabled(): boolean {
    return this.#producerId !== NONE
  }

  /**
   * Whether the log has a batch of this producer id. Until then it would take any number: so the first
   * batch travels alone, or one behind it could be appended though the first was refused.
   */
  get isKnownToLog(): boolean {
    return this.#appendedBatches > 0
  }

  /** While probing, only batches that the log may already hold are sent again. */
  get isProbing(): boolean {
    return this.#epochState !== 'current'
  }

  /** Whether the epochs of the producer id are used up. */
  get isExhausted(): boolean {
    return this.#epoch > MAX_EPOCH
  }

  /** A new producer, with an id of its own. */
  start({ producerId, producerEpoch }: ProducerIdentity): void {
    this.#producerId = producerId
    this.#epoch = producerEpoch
    this.#next = 0
    this.#afterAppended = 0
    this.#appendedBatches = 0
  }

  /** Writes its number into a batch that is about to leave. */
  stamp(batch: ProducerBatch): void {
    if (!this.isEnabled) {
      batch.stamp({ producerId: NONE, producerEpoch: NONE, baseSequence: NONE })
      return
    }
    const baseSequence = batch.isMaybeAppended ? batch.baseSequence : this.#next
    batch.stamp({ producerId: this.#producerId, producerEpoch: this.#epoch, baseSequence })
    if (batch.ordinal > this.#lastAppendedOrdinal) {
      this.#next = sequenceAfter(baseSequence, batch.recordCount)
    }
  }

  /** The log has the batch. */
  onAppended(batch: ProducerBatch): void {
    batch.isMaybeAppended = false
    this.#appendedBatches++
    if (batch.ordinal < this.#lastAppendedOrdinal) return
    this.#lastAppendedOrdinal = batch.ordinal
    this.#afterAppended = sequenceAfter(batch.baseSequence, batch.recordCount)
  }

  /**
   * A batch that the log may have was given up. Another one that it may have cannot be numbered anew
   * then: both could still arrive late, one behind the other, and the new one too.
   */
  get hasUnresolved(): boolean {
    return this.#epochState === 'unresolved'
  }

  /** Whether the log has a later one. */
  isBeforeAppended({ ordinal }: ProducerBatch): boolean {
    return ordinal < this.#lastAppendedOrdinal
  }

  /** The log may have it, and has a later one: so it has it. */
  isPassed(batch: ProducerBatch): boolean {
    return batch.isMaybeAppended && this.isBeforeAppended(batch)
  }

  /** Whether the batch cannot be sent any more without coming behind a later one. */
  isOvertaken(batch: ProducerBatch): boolean {
    return !batch.isMaybeAppended && this.isBeforeAppended(batch)
  }

  /** The batch is given up. */
  onGivenUp(batch: ProducerBatch): void {
    if (!batch.isMaybeAppended || !this.isEnabled) return
    this.#epochState = 'unresolved'
  }

  /** The log refuses numbers of this epoch although nothing before them was refused. */
  requireNewEpoch(): void {
    this.#endEpoch()
  }

  /**
   * All answers are in; `waiting` are the batches that are to leave again, in order.
   */
  settle(waiting: readonly ProducerBatch[]): void {
    if (!this.isEnabled) return
    if (!this.hasUnresolved) this.#findGaps(waiting)
    if (this.isProbing && !waiting.some(({ isMaybeAppended }) => isMaybeAppended)) {
      this.#epochState = 'current'
      this.#epoch++
      this.#afterAppended = 0
    }
    this.#next = this.#afterAppended
  }

  /**
   * What has a number after a gap cannot be in the log, and never will be: all that had a number in
   * the gap was answered.
   */
  #findGaps(waiting: readonly ProducerBatch[]): void {
    let expected = this.#afterAppended
    for (const batch of waiting) {
      if (batch.ordinal < this.#lastAppendedOrdinal) continue
      if (batch.isMaybeAppended && batch.baseSequence !== expected) {
        batch.isMaybeAppended = false
        this.#endEpoch()
      }
      expected = sequenceAfter(expected, batch.recordCount)
    }
  }

  #endEpoch(): void {
    if (this.#epochState === 'current') this.#epochState = 'ending'
  }
}
