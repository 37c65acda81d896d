import type { RecordMetadata } from '@ringlog/core/internal'
import { metadataOf, type BatchOutcome } from './record-metadata.ts'

/**
 * The promises of a batch's records, which are settled in the order in which they were made.
 *
 * All are derived from one promise of the batch, by `then`: half of what a promise with functions of its own
 * for every record takes. And by one function for a whole run of records that follow each other and have
 * one timestamp: the functions that are given to `then` of one promise are called in the order in which
 * they were given, so this one counts its calls, and need not be made anew for every record.
 */
export class RecordPromises {
  readonly #outcome = Promise.withResolvers<BatchOutcome>()
  /** Of the last run: gives the metadata of its first record, then of its second, and so on. */
  #metadataInTurn: ((outcome: BatchOutcome) => RecordMetadata) | null = null
  /** The index of the record that would continue the last run. */
  #nextIndex = 0
  /** Of the last run. */
  #timestampMs = NaN

  /** The promise of the record with that index in the batch, above that of the record before. */
  add(index: number, timestampMs: number): Promise<RecordMetadata> {
    if (index !== this.#nextIndex || timestampMs !== this.#timestampMs) {
      this.#metadataInTurn = metadataFrom(index, timestampMs)
      this.#timestampMs = timestampMs
    }
    this.#nextIndex = index + 1
    return this.#outcome.promise.then(this.#metadataInTurn)
  }

  /**
   * Settles a promise that was made before its record was in the batch. It is settled as `add` settles its own, a
   * microtask after the batch: else it would come before those of the batch before, whose outcome is told with it.
   */
  settle(delivery: Delivery, index: number, timestampMs: number): void {
    this.#outcome.promise.then(
      (outcome) => delivery.resolve(metadataOf(outcome, index, timestampMs)),
      (error: unknown) => delivery.reject(error),
    )
  }

  /** The batch is in the log. */
  resolve(outcome: BatchOutcome): void {
    this.#outcome.resolve(outcome)
  }

  /** The batch has failed. */
  reject(error: Error): void {
    this.#outcome.reject(error)
  }
}

function metadataFrom(
  firstIndex: number,
  timestampMs: number,
): (outcome: BatchOutcome) => RecordMetadata {
  let index = firstIndex
  return (outcome) => metadataOf(outcome, index++, timestampMs)
}

/** The promise of one record. */
export interface Delivery {
  resolve(metadata: RecordMetadata): void
  reject(error: unknown): void
}
