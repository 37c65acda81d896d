import type { AppendResult, RinglogError } from '@ringlog/core/internal/partition-thread'
import type { PublishNote } from './publish-note.ts'

/** The appends that wait for room in a full ring, in the order in which they came. */
export class AppendQueue {
  readonly #waiting: WaitingAppend[] = []

  get length(): number {
    return this.#waiting.length
  }

  get head(): WaitingAppend | undefined {
    return this.#waiting[0]
  }

  push(append: WaitingAppend): void {
    this.#waiting.push(append)
  }

  /** Takes the head out. */
  shift(): WaitingAppend | undefined {
    return this.#waiting.shift()
  }

  /** When the first of them has waited long enough; `Infinity` for an empty queue. */
  earliestExpiryMs(): number {
    let earliest = Infinity
    for (const { expiresAtMs } of this.#waiting) earliest = Math.min(earliest, expiresAtMs)
    return earliest
  }

  /** Takes out those for which `isDue` holds. */
  remove(isDue: (append: WaitingAppend) => boolean): WaitingAppend[] {
    const removed = this.#waiting.filter(isDue)
    if (removed.length === 0) return removed
    const kept = this.#waiting.filter((append) => !removed.includes(append))
    this.#waiting.splice(0, this.#waiting.length, ...kept)
    return removed
  }
}

/** A valid batch that waits for room. */
export interface WaitingAppend {
  readonly batch: Uint8Array
  /** Names its producer's connection: when that is gone, its batches are dropped. */
  readonly owner: object | null
  readonly note: PublishNote | null
  /** Since when its records wait, on the clock of `monotonicMs`. */
  readonly waitingSinceMs: number
  /** When they have waited `maxBlockMs`. */
  readonly expiresAtMs: number
  resolve(result: AppendResult): void
  reject(error: RinglogError): void
}
