import { type Doorbell } from '@ringlog/core'
import {
  ANSWER_APPENDED,
  ANSWER_REFUSED,
  LaneAnswer,
  LaneWriter,
  monotonicMs,
} from '@ringlog/core/internal'
import { LaneScript } from './lane-script.ts'

const DEADLINE = { requestDeadlineMs: Infinity, waitingSinceMs: 0, maxBlockMs: Infinity }

export interface LaneProducerOptions {
  memory: SharedArrayBuffer
  seed: number
  total: number
  ownDoorbell: Doorbell
  workerDoorbell: Doorbell
  /** Whether it resets a refused lane at once, or only once all is answered. */
  resetsAtOnce: boolean
}

/**
 * Sends the serial numbers from 0 on through a lane, and holds each answer against what was to come:
 * every batch once, in order, refused or appended as the script says.
 */
export class LaneProducer {
  readonly #options: LaneProducerOptions
  readonly #writer: LaneWriter
  readonly #script: LaneScript
  readonly #answer = new LaneAnswer()
  #due: number
  #unanswered: number[] = []
  /** Unanswered ones that were sent again: they come from before a reset. */
  #stale = 0
  /** The next serial number to be answered for good, and how many were appended so far. */
  #next = 0
  /** Offsets by serial number; -1 where refused. */
  readonly offsets: number[] = []

  constructor(options: LaneProducerOptions) {
    this.#options = options
    this.#writer = new LaneWriter(options.memory)
    this.#script = new LaneScript(options.seed)
    this.#due = 0
  }

  get isDone(): boolean {
    return this.#next === this.#options.total
  }

  /** Reads what was answered, and writes what goes in; whether anything happened. */
  turn(): boolean {
    let didSomething = false
    while (this.#writer.readAnswer(this.#answer)) {
      didSomething = true
      this.#onAnswer()
    }
    if (this.#writer.closedError !== null) throw this.#writer.closedError
    const isSettled = this.#options.resetsAtOnce || this.#unanswered.length === 0
    if (this.#writer.state === 'refused' && isSettled) {
      this.#stale = this.#unanswered.length
      this.#due = this.#next
      this.#writer.reset()
    }
    while (this.#due < this.#options.total) {
      const batch = this.#script.batch(this.#due)
      if (!this.#writer.tryWrite(batch, batch.length, DEADLINE)) break
      didSomething = true
      this.#unanswered.push(this.#due++)
    }
    if (didSomething) this.#options.workerDoorbell.ring()
    return didSomething
  }

  /** Blocks until all is answered. */
  run(): void {
    while (!this.isDone) {
      const deadlineMs = monotonicMs() + 20_000
      if (!this.#options.ownDoorbell.waitSync(() => this.turn(), { deadlineMs })) {
        throw new Error(`seed=${this.#options.seed}: no answer to batch ${this.#next}`)
      }
    }
    this.#writer.close()
    this.#options.workerDoorbell.ring()
  }

  #onAnswer(): void {
    const { outcome, baseOffset, error } = this.#answer
    const serial = this.#unanswered.shift()!
    if (outcome !== ANSWER_APPENDED && outcome !== ANSWER_REFUSED) {
      if (this.#stale > 0) this.#stale--
      else if (this.#writer.state !== 'refused') this.#fail(serial, 'skipped without a reason')
      return
    }
    if (this.#stale > 0) this.#fail(serial, 'was written before a reset and not skipped')
    if (serial !== this.#next) this.#fail(serial, `answered before ${this.#next}`)
    const isRefused = outcome === ANSWER_REFUSED
    if (isRefused !== this.#script.isRefused(serial)) this.#fail(serial, `outcome=${outcome}`)
    if (isRefused && error?.message !== `refused ${serial}`) this.#fail(serial, String(error))
    this.offsets.push(baseOffset)
    this.#next++
  }

  #fail(serial: number, what: string): never {
    throw new Error(`seed=${this.#options.seed}, batch ${serial}: ${what}`)
  }
}
