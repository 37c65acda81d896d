import type {
  AppendOutcome,
  PartitionAppender,
  RinglogError,
  TopicPartition,
} from '@ringlog/core/internal'
import { BatchDeadlines } from './batch-deadlines.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ProducerEvents, ProducerServices } from './producer-parts.ts'
import { UNKNOWN_OFFSET } from './record-metadata.ts'
import { givenUp, isOfClosed, overtaken, undelivered, unresolved } from './delivery-errors.ts'
import { RetryTimer } from './retry-timer.ts'
import { SequenceNumbers } from './sequence-numbers.ts'

/** The records' own timestamps count. */
const NO_APPEND_TIME = -1

/** What a sender may wait for before anything leaves: bits of one number. */
const WAIT = { appender: 1, answers: 2, backoff: 4 } as const
type Wait = (typeof WAIT)[keyof typeof WAIT]

/**
 * Sends the batches of one partition in order, several at a time, and again where that can help.
 *
 * The life of a batch, from when its queue hands it over to when its memory is free:
 *
 * ```text
 *   PartitionQueue
 *         │ #nextBatch
 *         ▼
 *      LEAVING ────── #send ──────▶ IN FLIGHT ────── #complete ──────▶ DELIVERED
 *       ▲    │                       │     │
 *       │    │ #giveUp               │     └──────── #giveUp ────────▶ FAILED
 *       │    └──────────▶ FAILED     │ #sendAgain
 *       │                            ▼
 *       └──── #takeNext ──── TO LEAVE AGAIN ──────── #giveUp ────────▶ FAILED
 * ```
 *
 * - `#nextBatch`, `#takeNext`: nothing is waited for, and fewer than `maxInFlight` are in flight; what is to
 *   leave again goes before anything new, in its old order.
 * - `#send`: the batch is numbered, and handed to the appender.
 * - `#complete`: the log has it.
 * - `#sendAgain`: the log refused it for a reason that may pass, or because one before it was refused; or no
 *   answer came, and it is numbered, so that the log takes it once.
 * - `#giveUp`: the log refused it for good, or no answer came and it is not to be sent again; its time is over;
 *   no way to the log opens; a later one has overtaken it; or the sender is closed.
 *
 * A batch in flight whose time is over fails at once (`isSettled`), but stays in flight until its answer
 * comes: only then is its memory free. Wherever it is, the log may have it (`isMaybeAppended`) from when no
 * answer came to it until the log says that it has it, or cannot.
 *
 * What nothing leaves before (`WAIT`), and when that is over:
 *
 * ```text
 *   appender   there is no way to the log, or it is lost    it is open, or cannot be opened
 *   answers    a batch was not appended                     nothing is in flight (#settle)
 *   backoff    an attempt has failed                        its time is over
 * ```
 *
 * More than one may be waited for at a time. A closed sender waits for none: all fails as it comes.
 *
 * When one is refused, those behind it were numbered for a log that holds it, and are refused as out
 * of order: they wait until every answer is in, are numbered anew, and leave again in their order. So
 * a record that is reported failed leaves no gap, and none behind it is lost or overtaken.
 *
 * Without numbers (no idempotence) a batch is sent again only if it is known not to be in the log, and
 * if none left after it: otherwise it could be there twice, or behind its successors. Kafka's client
 * does not look. Where the worker has died, all that was on its way is sent again: in order, perhaps twice.
 *
 * Longer than other files, because what moves a batch on stands in one place.
 *
 * Source: Apache Kafka, `producer/internals/Sender.java`.
 */
export class PartitionSender {
  readonly #at: TopicPartition
  readonly #services: ProducerServices
  readonly #events: ProducerEvents
  readonly #nextBatch: NextBatch
  readonly #numbers = new SequenceNumbers()
  readonly #deadlines: BatchDeadlines
  /**
   * In the order in which they left. An array, because in a Set whose elements come and go V8 lets
   * each table that was outgrown point to the next: once one is in the old space, all of them, and
   * every batch that was in them, are kept until the next major collection.
   */
  readonly #inFlight: ProducerBatch[] = []
  /** To leave again, in order, before anything new. */
  #waiting: ProducerBatch[] = []
  #lastSentOrdinal = -1
  #appender: PartitionAppender | null = null
  /** What it waits for, as bits of `WAIT`; 0: batches leave. */
  #waits = 0
  readonly #backOff: RetryTimer
  #openAttempts = 0
  /** Everything fails with it; `null`: the sender is not closed. */
  #closedError: RinglogError | null = null

  constructor(
    at: TopicPartition,
    services: ProducerServices,
    events: ProducerEvents,
    nextBatch: NextBatch,
  ) {
    this.#at = at
    this.#services = services
    this.#events = events
    this.#nextBatch = nextBatch
    const { clock, config } = services
    this.#deadlines = new BatchDeadlines(config, clock)
    this.#backOff = new RetryTimer(clock, config.retryBackoffMs, () => {
      this.#end(WAIT.backoff)
      this.pump()
    })
  }

  /** Every batch that has left, or was to leave again, and is not done. */
  unfinished(): ProducerBatch[] {
    return [...this.#inFlight, ...this.#waiting]
  }

  /** Takes in the answers that are there, then sends what is due, as far as `maxInFlight` allows. */
  advance(): void {
    this.#appender?.collect()
    this.pump()
  }

  /** Sends what is due, as far as `maxInFlight` allows. */
  pump(): void {
    while (this.#canSend()) {
      const batch = this.#takeNext()
      if (batch === null) return
      if (this.#appender?.isLost === true) this.#appender = null
      if (this.#closedError !== null) {
        this.#giveUp(batch, this.#closedError)
      } else if (this.#appender === null || this.#numbers.isExhausted) {
        this.#waiting.unshift(batch)
        void this.#open()
        return
      } else if (this.#numbers.isOvertaken(batch)) {
        this.#giveUp(batch, overtaken(batch))
        this.#settle()
      } else if (this.#deadlines.isOverdue(batch)) {
        this.#giveUp(batch, this.timedOut(batch))
        this.#settle()
      } else {
        this.#send(batch, this.#appender)
      }
    }
  }

  /** When a batch that is not on its way is out of time. */
  expiresAtMs(batch: ProducerBatch): number {
    // What is on its way is about to say why nothing goes on.
    const isAnswerDue = this.#inFlight.length > 0
    return isAnswerDue ? this.#deadlines.lateExpiryMs(batch) : this.#deadlines.expiryMs(batch)
  }

  /**
   * Fails what has taken longer than `deliveryTimeoutMs`; returns when that is so of the next one. No
   * user code runs meanwhile, nor is an answer taken in, so nothing enters or leaves `#inFlight`.
   */
  expire(nowMs: number): number {
    let nextMs = Infinity
    for (const batch of this.#inFlight) {
      if (batch.isSettled) continue
      const expiresAtMs = this.#deadlines.lateExpiryMs(batch)
      if (expiresAtMs <= nowMs) this.#fail(batch, this.timedOut(batch))
      else nextMs = Math.min(nextMs, expiresAtMs)
    }
    const expired = this.#waiting.filter((batch) => this.expiresAtMs(batch) <= nowMs)
    if (expired.length > 0) {
      this.#waiting = this.#waiting.filter((batch) => !expired.includes(batch))
      for (const batch of expired) this.#giveUp(batch, this.timedOut(batch))
      this.#settle()
      this.pump()
    }
    for (const batch of this.#waiting) nextMs = Math.min(nextMs, this.expiresAtMs(batch))
    return nextMs
  }

  /** The error of a batch that is out of time. */
  timedOut(batch: ProducerBatch): RinglogError {
    const isMaybeAppended = this.#inFlight.includes(batch) || batch.isMaybeAppended
    return this.#deadlines.timedOut(batch, isMaybeAppended)
  }

  /** Fails what is on its way, and all that comes. */
  close(error: RinglogError): void {
    this.#closedError = error
    this.#backOff.stop()
    this.#end(WAIT.backoff)
    this.#appender?.close()
    const { answersLate = false } = this.#appender ?? {}
    // Nobody waits for a broker's answer any more; the memory of what is in flight comes back with that.
    const left = answersLate && isOfClosed(error) ? this.#inFlight : []
    for (const batch of left) this.#fail(batch, undelivered(batch, error, true))
    this.pump()
  }

  #canSend(): boolean {
    if (this.#closedError !== null) return true
    if (this.#waits !== 0) return false
    if (this.#numbers.isEnabled && !this.#numbers.isKnownToLog) return this.#inFlight.length === 0
    const { maxInFlight, givenMaxInFlight } = this.#services.config
    return this.#inFlight.length < (givenMaxInFlight ?? this.#appender?.maxInFlight ?? maxInFlight)
  }

  #takeNext(): ProducerBatch | null {
    if (this.#numbers.isProbing && this.#closedError === null) {
      const index = this.#waiting.findIndex(({ isMaybeAppended }) => isMaybeAppended)
      return index < 0 ? null : this.#waiting.splice(index, 1)[0]!
    }
    return this.#waiting.shift() ?? this.#nextBatch()
  }

  async #open(): Promise<void> {
    if (this.#waitsFor(WAIT.appender)) return
    this.#begin(WAIT.appender)
    try {
      await this.#openAppender()
      this.#openAttempts = 0
    } catch (error) {
      const reason = this.#services.closedError() ?? (error as RinglogError)
      if (this.#services.isRetriable(reason)) this.#backOffAfter(++this.#openAttempts)
      else this.#failAllDue(reason)
    } finally {
      this.#end(WAIT.appender)
    }
    this.pump()
  }

  async #openAppender(): Promise<void> {
    const numbers = this.#numbers
    const needsIdentity =
      this.#services.config.idempotence && (!numbers.isEnabled || numbers.isExhausted)
    const [appender, identity] = await Promise.all([
      this.#appender ?? this.#services.openAppender(this.#at),
      needsIdentity ? this.#services.producerIdentity(numbers.isExhausted) : null,
    ])
    this.#appender = appender
    if (this.#closedError !== null) appender.close()
    if (identity !== null) numbers.start(identity)
  }

  #send(batch: ProducerBatch, appender: PartitionAppender): void {
    const { clock, config, stats } = this.#services
    this.#numbers.stamp(batch)
    this.#lastSentOrdinal = Math.max(this.#lastSentOrdinal, batch.ordinal)
    const nowMs = clock.nowMs()
    batch.attempts++
    batch.sentMs = nowMs
    this.#inFlight.push(batch)
    stats.onSent(batch, nowMs)
    const deadline = this.#deadlines.appendDeadline(batch, nowMs)
    appender.append(batch.memory, batch.sizeBytes, deadline, {
      onAnswer: (outcome) => this.#onAnswer(batch, appender, outcome),
      onNoAnswer: (error) => this.#onNoAnswer(batch, appender, error),
    })
    if (config.acks === 0) batch.resolveUnacknowledged()
  }

  #onAnswer(batch: ProducerBatch, appender: PartitionAppender, outcome: AppendOutcome): void {
    this.#land(batch)
    batch.takeBack(outcome.buffer)
    if (outcome.error === null) {
      this.#complete(batch, outcome.baseOffset, outcome.logAppendTimeMs)
    } else {
      const { isBehindRefused = false, isNotSent = false } = outcome
      const error = isNotSent ? (this.#closedError ?? outcome.error) : outcome.error
      const isOpen = !batch.isSettled && this.#closedError === null
      // Nothing is wrong with it, and none behind it has left.
      const isUntouched = isBehindRefused || (isNotSent && this.#canRetry(batch, appender, error))
      if (isOpen && isUntouched) this.#sendAgain(batch, 0)
      else this.#onRefused(batch, appender, error)
    }
    this.#settle()
    this.pump()
  }

  #onRefused(batch: ProducerBatch, appender: PartitionAppender, error: RinglogError): void {
    if (error.code === 'BUFFER_FULL') {
      this.#deadlines.onFull(error)
      this.#events.onFull(error)
    }
    const { isEnabled } = this.#numbers
    const isLastSent = batch.ordinal === this.#lastSentOrdinal
    if (isEnabled && error.code === 'OUT_OF_ORDER_SEQUENCE_NUMBER') {
      this.#onOutOfOrder(batch, error)
    } else if (this.#canRetry(batch, appender, error) && (isEnabled || isLastSent)) {
      this.#sendAgain(batch, batch.attempts)
    } else {
      this.#giveUp(batch, error)
    }
  }

  /** The log expects another number: mostly because something before it was refused. */
  #onOutOfOrder(batch: ProducerBatch, error: RinglogError): void {
    if (this.#numbers.isPassed(batch)) {
      // As in Kafka's client: the log has the batch, but remembers only the latest with their offsets.
      this.#complete(batch, UNKNOWN_OFFSET, NO_APPEND_TIME)
      return
    }
    const isConsequence = this.#waitsFor(WAIT.answers) || this.#hasEarlierInFlight(batch)
    if (batch.isSettled) this.#giveUp(batch, error)
    else if (batch.isMaybeAppended && this.#numbers.hasUnresolved) {
      this.#giveUp(batch, unresolved(batch))
    } else {
      if (!isConsequence && !batch.isMaybeAppended) this.#numbers.requireNewEpoch()
      this.#sendAgain(batch, isConsequence ? 0 : batch.attempts)
    }
  }

  /** Whether the batch was appended is unknown, and its memory may be gone with the call. */
  #onNoAnswer(batch: ProducerBatch, appender: PartitionAppender, reason: RinglogError): void {
    const error = this.#closedError ?? this.#services.closedError() ?? reason
    this.#land(batch)
    const isWorkerGone = error.code === 'WORKER_CRASHED'
    // All that was on its way to that worker has no answer: so without numbers, too, it is sent again in its
    // order, and what the log has already is there twice, as with Kafka's client.
    const isSentAgain =
      this.#numbers.isEnabled || (isWorkerGone && !this.#numbers.isBeforeAppended(batch))
    batch.isMaybeAppended = isSentAgain
    // The way is gone; the next batch asks for the partition again, and may find it. An appender whose worker
    // is started again goes on by itself.
    if (error.code !== 'REQUEST_TIMED_OUT' && !isWorkerGone) {
      this.#appender?.close()
      this.#appender = null
    }
    const isMemoryLost = batch.memory.detached
    if (isSentAgain && !isMemoryLost && this.#canRetry(batch, appender, error)) {
      this.#sendAgain(batch, isWorkerGone ? 0 : batch.attempts) // the way to the log opens with the worker
    } else {
      this.#giveUp(batch, undelivered(batch, error, true), isMemoryLost)
    }
    this.#settle()
    this.pump()
  }

  #complete(batch: ProducerBatch, baseOffset: number, logAppendTimeMs: number): void {
    this.#numbers.onAppended(batch)
    this.#deadlines.onAppended()
    if (batch.complete(baseOffset, logAppendTimeMs)) this.#events.onDelivered(batch)
    this.#events.onReleased(batch, false)
  }

  #land(batch: ProducerBatch): void {
    this.#inFlight.splice(this.#inFlight.indexOf(batch), 1)
    this.#services.stats.onAnswered(batch, this.#services.clock.nowMs())
  }

  #canRetry(batch: ProducerBatch, appender: PartitionAppender, error: RinglogError): boolean {
    const { clock, config } = this.#services
    if (batch.isSettled || config.acks === 0 || this.#closedError !== null) return false
    if (!appender.isRetriable(error)) return false
    return clock.nowMs() < batch.createdMs + config.deliveryTimeoutMs
  }

  /** @param attempts How many there were of what failed; 0: it leaves as soon as it can. */
  #sendAgain(batch: ProducerBatch, attempts: number): void {
    this.#begin(WAIT.answers)
    const index = this.#waiting.findIndex(({ ordinal }) => ordinal > batch.ordinal)
    this.#waiting.splice(index < 0 ? this.#waiting.length : index, 0, batch)
    if (attempts > 0) this.#backOffAfter(attempts)
  }

  #begin(wait: Wait): void {
    this.#waits |= wait
  }

  #end(wait: Wait): void {
    this.#waits &= ~wait
  }

  #waitsFor(wait: Wait): boolean {
    return (this.#waits & wait) !== 0
  }

  #backOffAfter(attempts: number): void {
    if (this.#closedError !== null) return
    this.#begin(WAIT.backoff)
    this.#backOff.start(attempts)
  }

  #hasEarlierInFlight(batch: ProducerBatch): boolean {
    return this.#inFlight.some(({ ordinal }) => ordinal < batch.ordinal)
  }

  /** Once all answers are in, what is to leave again is numbered anew. */
  #settle(): void {
    if (this.#inFlight.length > 0) return
    if (!this.#waitsFor(WAIT.answers) && !this.#numbers.isProbing) return
    this.#end(WAIT.answers)
    this.#numbers.settle(this.#waiting)
  }

  #failAllDue(error: RinglogError): void {
    for (const batch of this.#waiting.splice(0)) this.#giveUp(batch, error)
    for (let batch = this.#nextBatch(); batch !== null; batch = this.#nextBatch()) {
      this.#giveUp(batch, error)
    }
    this.#settle()
  }

  /** The batch is not sent any more. */
  #giveUp(batch: ProducerBatch, reason: RinglogError, isMemoryLost = false): void {
    if (batch.attempts > 0 && this.#numbers.isEnabled) this.#begin(WAIT.answers)
    this.#numbers.onGivenUp(batch)
    this.#fail(batch, givenUp(batch, reason))
    this.#events.onReleased(batch, isMemoryLost)
  }

  #fail(batch: ProducerBatch, error: RinglogError): void {
    if (batch.isSettled) return
    batch.fail(error)
    this.#events.onFailed(batch, error)
  }
}

/** Gives the next batch that is to leave, sealed; `null` where none is due. */
export type NextBatch = () => ProducerBatch | null
