import type { Doorbell, LaneReader } from '@ringlog/core/internal/partition-thread'
import type { AnswerFaults } from './answer-faults.ts'

/**
 * Holds the answers of one lane back while faults say so. As on a connection of Kafka's, answers come in
 * order: behind one that was dropped, none is shown, until the producer gives the lane up.
 *
 * Thread: the partition worker.
 */
export class HeldLaneAnswers {
  readonly #reader: LaneReader
  readonly #faults: AnswerFaults
  readonly #producerDoorbell: Doorbell
  /** Answers that wait for their time. */
  #waiting = 0
  /** An answer was dropped. */
  #isCut = false

  constructor(reader: LaneReader, faults: AnswerFaults, producerDoorbell: Doorbell) {
    this.#reader = reader
    this.#faults = faults
    this.#producerDoorbell = producerDoorbell
  }

  /** To be called before a batch is answered; twice does no harm. */
  beforeAnswer(): void {
    const { heldAnswers, answeredCount } = this.#reader
    const hold = heldAnswers.byFaults
    if (this.#faults.areInForce && !hold.isOn) hold.begin(answeredCount)
  }

  /** To be called when a batch is answered, before anything else of the lane is. */
  afterAnswer(): void {
    const { heldAnswers, answeredCount } = this.#reader
    const hold = heldAnswers.byFaults
    if (!hold.isOn || this.#isCut) return
    this.#waiting++
    const isTaken = this.#faults.take(() => {
      this.#waiting--
      hold.show(answeredCount)
      if (this.#waiting === 0 && !this.#isCut && !this.#faults.areInForce) hold.end()
      this.#producerDoorbell.ring()
    })
    if (!isTaken) this.#isCut = true
  }
}
