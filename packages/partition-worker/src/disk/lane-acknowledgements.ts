import { FifoQueue, type LaneReader } from '@ringlog/core/internal/partition-thread'
import type { LogOnDisk } from './log-on-disk.ts'

/**
 * Shows a lane's producer only the answers whose records the high watermark has passed: the others are given,
 * and held back (INV-90).
 *
 * Answers are shown in order, so a refusal waits for the batches before it.
 *
 * Thread: the partition worker.
 */
export class LaneAcknowledgements {
  readonly #reader: LaneReader
  readonly #disk: LogOnDisk
  /** Answers that are held back, each with where the log ended when it was given. */
  readonly #held = new FifoQueue<HeldAnswer>()

  /**
   * @param endOffset Of the log: of what a former worker has answered nothing lies beyond it.
   */
  constructor(reader: LaneReader, disk: LogOnDisk, endOffset: number) {
    this.#reader = reader
    this.#disk = disk
    if (reader.answeredCount !== reader.heldAnswers.byDisk.shownCount) this.onAnswered(endOffset)
  }

  /**
   * Answers were given, and the log ends at `endOffset`: all that they answer lies before it. Returns whether the
   * producer is shown them.
   */
  onAnswered(endOffset: number): boolean {
    const { answeredCount } = this.#reader
    const isShown = this.#held.length === 0 && this.#disk.highWatermark >= endOffset
    if (isShown) this.#reader.heldAnswers.byDisk.show(answeredCount)
    else this.#held.push({ answeredCount, endOffset })
    return isShown
  }

  /**
   * Whether the producer may wait for one answer, and do nothing until then: no other is held back. With more on their
   * way, it has enough to do.
   */
  get isOneHeld(): boolean {
    return this.#held.length === 1
  }

  /** Shows what the high watermark has passed; returns whether there was something. */
  show(): boolean {
    const { highWatermark } = this.#disk
    let shown: HeldAnswer | null = null
    for (let { head } = this.#held; head !== undefined; { head } = this.#held) {
      if (head.endOffset > highWatermark) break
      shown = head
      this.#held.shift()
    }
    if (shown === null) return false
    this.#reader.heldAnswers.byDisk.show(shown.answeredCount)
    return true
  }
}

interface HeldAnswer {
  /** So many answers are given with this one, wrapping at 32 bits. */
  readonly answeredCount: number
  readonly endOffset: number
}
