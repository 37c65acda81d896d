import {
  ANSWER_APPENDED,
  ANSWER_REFUSED,
  LaneAnswer,
  LaneWriter,
  REMEMBERED_BATCHES,
  RinglogError,
  setMicrotask,
  type AppendDeadline,
  type AppendListener,
  type AppendOutcome,
  type ClockTimer,
  type Doorbell,
  type PartitionAppender,
  type WaitStrategy,
} from '@ringlog/core/internal'
import { answerDeadlineMs } from './answer-deadline.ts'
import type { AnswerReader, LaneAnswers } from './lane-answers.ts'
import { isRetriable } from './retriable-error.ts'
import type { RpcAppender } from './rpc-appender.ts'

/**
 * So many batches are on their way at a time, enough to keep a worker busy while this thread sleeps: as many as
 * a log remembers.
 */
const MAX_IN_FLIGHT = REMEMBERED_BATCHES
/** The worker is rung for so many batches at a time, or at the end of the turn: a wake-up is dear. */
const BATCHES_PER_RING = 8

/**
 * The `shared` transport: batches go through a lane, a ring of bytes that this thread writes and the
 * partition worker reads. One that is too large for the lane goes by RPC, in order with the rest: the
 * two ways take turns (INV-29). So does every batch once the worker has found the lane damaged.
 *
 * A batch's memory stays here, untouched, until the answer: it can be sent again, or another way.
 *
 * A worker that dies takes the port along, not the lane: its successor answers what is in it. Meanwhile this
 * has another port tied to the lane (INV-88), and batches go into it as ever. Only those that had left by the
 * port have no answer; they, and what waits behind them, are given back, to be sent again in their order.
 *
 * Thread: the producer's.
 */
export class LaneAppender implements PartitionAppender, AnswerReader {
  readonly maxInFlight = MAX_IN_FLIGHT
  readonly waitStrategy: WaitStrategy
  readonly #writer: LaneWriter
  readonly #workerDoorbell: Doorbell
  readonly #answers: LaneAnswers
  readonly #reconnect: () => Promise<RpcAppender>
  #rpc: RpcAppender
  readonly #answer = new LaneAnswer()
  /** Not in the lane yet, in order. */
  #waiting: Handover[] = []
  /** In the lane, in order. */
  readonly #unanswered: Handover[] = []
  #rpcInFlight = 0
  /** A batch was refused: this appender passes over the batches behind it, as the worker does. */
  #isRefused = false
  #isCollecting = false
  #unrungBatches = 0
  #isRingSet = false
  #stuckTimer: ClockTimer | null = null
  /** The worker found the lane damaged, and takes nothing more out of it. */
  #isLaneClosed = false
  #lostError: RinglogError | null = null
  /** Why the port was lost, while another one is being tied to the lane; `null`: it is open. */
  #portError: RinglogError | null = null
  #isClosed = false

  constructor({
    memory,
    workerDoorbell,
    rpc,
    answers,
    waitStrategy,
    reconnect,
  }: LaneAppenderOptions) {
    this.waitStrategy = waitStrategy
    this.#writer = new LaneWriter(memory)
    this.#workerDoorbell = workerDoorbell
    this.#answers = answers
    this.#reconnect = reconnect
    this.#rpc = rpc
    this.#followPort()
  }

  get isLost(): boolean {
    return this.#lostError !== null
  }

  isRetriable(error: RinglogError): boolean {
    return isRetriable(error)
  }

  get unansweredCount(): number {
    return this.#unanswered.length
  }

  get hasAnswer(): boolean {
    return this.#lostError === null && this.#unanswered.length > 0 && this.#writer.hasAnswer
  }

  append(
    buffer: ArrayBuffer,
    sizeBytes: number,
    { requestDeadlineMs, waitingSinceMs, maxBlockMs }: AppendDeadline,
    listener: AppendListener,
  ): void {
    if (this.#lostError !== null) {
      listener.onNoAnswer(this.#lostError)
      return
    }
    const deadline = { requestDeadlineMs, waitingSinceMs, maxBlockMs }
    this.#waiting.push({ buffer, sizeBytes, ...deadline, listener })
    this.#handOver()
  }

  collect(): void {
    if (this.#isCollecting || this.#lostError !== null) return
    this.#isCollecting = true
    while (this.#writer.readAnswer(this.#answer)) this.#onAnswer(this.#unanswered.shift()!)
    this.#isCollecting = false
    if (this.#writer.closedError !== null) this.#onClosed(this.#writer.closedError)
    else this.#handOver()
  }

  close(): void {
    this.#isClosed = true
    if (this.#portError !== null) this.#lose(this.#portError)
    this.#rpc.close()
  }

  #followPort(): void {
    this.#rpc.onLost((error) => {
      const isOver = this.#isClosed || this.#isLaneClosed || this.#lostError !== null
      if (isOver || error.code !== 'WORKER_CRASHED') return this.#lose(error)
      // INV-11: perhaps the worker has ended while it rang, and others have answered since.
      this.#answers.doorbell.ringUnconditionally()
      this.#portError = error
      void this.#reconnectPort()
    })
  }

  async #reconnectPort(): Promise<void> {
    try {
      const rpc = await this.#reconnect()
      this.#portError = null
      this.#rpc = rpc
      if (this.#lostError !== null) return rpc.close()
      this.#followPort()
      this.#handOver()
    } catch (error) {
      this.#lose(error as RinglogError)
    }
  }

  /** Puts waiting batches into the lane, as far as there is room. */
  #handOver(): void {
    if (this.#isRefused) this.#refuseWaiting()
    while (this.#waiting.length > 0) {
      const { buffer, sizeBytes } = this.#waiting[0]!
      if (this.#isLaneClosed || sizeBytes > this.#writer.maxBatchBytes) {
        if (this.#unanswered.length > 0 || this.#portError !== null) return // INV-29
        this.#handOverByRpc(this.#waiting.shift()!)
        continue
      }
      if (this.#rpcInFlight > 0) return // INV-29
      const bytes = new Uint8Array(buffer)
      if (!this.#writer.tryWrite(bytes, sizeBytes, this.#waiting[0]!)) return
      this.#unanswered.push(this.#waiting.shift()!)
      this.#ringSoon()
    }
  }

  #handOverByRpc({ buffer, sizeBytes, listener, ...deadline }: Handover): void {
    this.#rpcInFlight++
    this.#rpc.append(buffer, sizeBytes, deadline, {
      onAnswer: (outcome) => {
        this.#rpcInFlight--
        listener.onAnswer(outcome)
        this.#handOver()
      },
      onNoAnswer: (error) => {
        this.#rpcInFlight--
        listener.onNoAnswer(error)
        if (error.code === 'WORKER_CRASHED') this.#giveBackWaiting(error)
        this.#handOver()
      },
    })
  }

  #onAnswer({ buffer, listener }: Handover): void {
    const { outcome, baseOffset, logAppendTimeMs, error } = this.#answer
    if (outcome === ANSWER_APPENDED) {
      listener.onAnswer({ error: null, baseOffset, logAppendTimeMs, buffer })
    } else if (outcome === ANSWER_REFUSED) {
      this.#isRefused = true
      listener.onAnswer({ error: error!, buffer })
    } else {
      listener.onAnswer(behindRefused(buffer))
    }
  }

  /**
   * Once the batches before a refused one are answered, answers those behind it; then the lane takes batches
   * again.
   */
  #refuseWaiting(): void {
    if (this.#unanswered.length > 0) return
    this.#isRefused = false
    const waiting = this.#waiting
    this.#waiting = []
    if (!this.#isLaneClosed) this.#writer.reset()
    for (const { buffer, listener } of waiting) listener.onAnswer(behindRefused(buffer))
  }

  #ringSoon(): void {
    this.#answers.watch(this)
    this.#watchForStuckWorker()
    if (++this.#unrungBatches >= BATCHES_PER_RING) this.#ring()
    else if (!this.#isRingSet) {
      this.#isRingSet = true
      setMicrotask(() => {
        this.#isRingSet = false
        this.#ring()
      })
    }
  }

  #ring(): void {
    if (this.#unrungBatches === 0) return
    this.#unrungBatches = 0
    this.#workerDoorbell.ring()
  }

  /**
   * A worker refuses batches that are out of time itself; this gives up a worker that does not answer at
   * all. While a batch waits for room, the worker lets the time of the requests behind it stand still: so it
   * begins anew for one that becomes the oldest.
   */
  #watchForStuckWorker(sinceMs = -Infinity): void {
    if (this.#stuckTimer !== null) return
    const { clock } = this.#rpc
    const oldest = this.#unanswered[0]!
    const requestMs = oldest.requestDeadlineMs - oldest.waitingSinceMs
    const requestDeadlineMs = Math.max(oldest.requestDeadlineMs, sinceMs + requestMs)
    const expiresAtMs = answerDeadlineMs({ ...oldest, requestDeadlineMs })
    const onTimer = (): void => {
      this.#stuckTimer = null
      this.collect() // the answer may be there: this thread was busy
      if (this.#unanswered.length === 0) return
      if (this.#unanswered[0] !== oldest) this.#watchForStuckWorker(clock.nowMs())
      else {
        const message = `the worker did not answer in time: batches=${this.#unanswered.length}`
        this.#lose(new RinglogError('REQUEST_TIMED_OUT', message))
        this.#rpc.close()
      }
    }
    this.#stuckTimer = clock.setTimer(onTimer, Math.max(1, expiresAtMs - clock.nowMs()))
    this.#stuckTimer.unref()
  }

  /** The lane is closed: unanswered batches were not appended, unless only their answers are lost. */
  #onClosed(error: RinglogError): void {
    const isUnknown = this.#writer.hasLostAnswers
    if (error.code === 'CORRUPT_MESSAGE' && !isUnknown) {
      this.#isLaneClosed = true
      this.#failUnanswered(error, false)
      this.#handOver()
      return
    }
    this.#lostError = error
    this.#failAll(error, isUnknown)
    this.#rpc.close()
  }

  /** The worker is gone, or this appender was closed: the answers that it gave before still count. */
  #lose(error: RinglogError): void {
    if (this.#lostError !== null) return
    this.collect()
    if (this.#lostError !== null) return
    this.#lostError = error
    this.#writer.close()
    this.#failAll(error, true)
  }

  #failAll(error: RinglogError, isUnknown: boolean): void {
    this.#failUnanswered(error, isUnknown)
    this.#giveBackWaiting(error)
  }

  #giveBackWaiting(error: RinglogError): void {
    for (const { buffer, listener } of this.#waiting.splice(0)) {
      listener.onAnswer({ error, buffer, isNotSent: true })
    }
  }

  #failUnanswered(error: RinglogError, isUnknown: boolean): void {
    if (this.#stuckTimer !== null) this.#rpc.clock.clearTimer(this.#stuckTimer)
    this.#stuckTimer = null
    for (const { buffer, listener } of this.#unanswered.splice(0)) {
      if (isUnknown) listener.onNoAnswer(error)
      else listener.onAnswer({ error, buffer })
    }
    // INV-11: perhaps the worker has ended while it rang, and others have answered since.
    this.#answers.doorbell.ringUnconditionally()
  }
}

export interface LaneAppenderOptions {
  /** The lane. */
  readonly memory: SharedArrayBuffer
  readonly workerDoorbell: Doorbell
  /** Over the port that is tied to the lane. */
  readonly rpc: RpcAppender
  readonly answers: LaneAnswers
  readonly waitStrategy: WaitStrategy
  /** Ties another port to the lane; rejects where the worker has no successor, or that has not the lane. */
  readonly reconnect: () => Promise<RpcAppender>
}

/** A batch that was handed over and is not answered. */
interface Handover extends AppendDeadline {
  readonly buffer: ArrayBuffer
  readonly sizeBytes: number
  readonly listener: AppendListener
}

function behindRefused(buffer: ArrayBuffer): AppendOutcome {
  const error = new RinglogError('OUT_OF_ORDER_SEQUENCE_NUMBER', 'a batch before it was refused')
  return { error, buffer, isBehindRefused: true }
}
