import {
  ANSWER_APPENDED,
  ANSWER_REFUSED,
  LaneAnswer,
  LaneWriter,
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
import type { AnswerReader, LaneAnswers } from './lane-answers.ts'
import { isRetriable } from './retriable-error.ts'
import { STUCK_WORKER_GRACE_MS, type RpcAppender } from './rpc-appender.ts'

/** So many batches are on their way at a time: enough to keep a worker busy while this thread sleeps. */
const MAX_IN_FLIGHT = 16
/** The worker is rung for so many batches at a time, or at the end of the turn: a wake-up is dear. */
const BATCHES_PER_RING = 8

/**
 * The `shared` transport: batches go through a lane, a ring of bytes that this thread writes and the
 * partition worker reads. One that is too large for the lane goes by RPC, in order with the rest: the
 * two ways take turns (INV-29). So does every batch once the worker has found the lane damaged.
 *
 * A batch's memory stays here, untouched, until the answer: it can be sent again, or another way.
 *
 * Thread: the producer's.
 */
export class LaneAppender implements PartitionAppender, AnswerReader {
  readonly maxInFlight = MAX_IN_FLIGHT
  readonly waitStrategy: WaitStrategy
  readonly #writer: LaneWriter
  readonly #workerDoorbell: Doorbell
  readonly #rpc: RpcAppender
  readonly #answers: LaneAnswers
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

  constructor(
    memory: SharedArrayBuffer,
    workerDoorbell: Doorbell,
    rpc: RpcAppender,
    answers: LaneAnswers,
    waitStrategy: WaitStrategy,
  ) {
    this.waitStrategy = waitStrategy
    this.#writer = new LaneWriter(memory)
    this.#workerDoorbell = workerDoorbell
    this.#rpc = rpc
    this.#answers = answers
    rpc.onLost((error) => this.#lose(error))
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
    this.#rpc.close()
  }

  /** Puts waiting batches into the lane, as far as there is room. */
  #handOver(): void {
    if (this.#isRefused) this.#refuseWaiting()
    while (this.#waiting.length > 0) {
      const { buffer, sizeBytes } = this.#waiting[0]!
      if (this.#isLaneClosed || sizeBytes > this.#writer.maxBatchBytes) {
        if (this.#unanswered.length > 0) return // INV-29
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
   * all. The batches before one may each have waited for room, so its time runs from when it is the oldest.
   */
  #watchForStuckWorker(sinceMs = -Infinity): void {
    if (this.#stuckTimer !== null) return
    const { clock } = this.#rpc
    const oldest = this.#unanswered[0]!
    const startMs = Math.max(oldest.requestDeadlineMs, sinceMs)
    const expiresAtMs = startMs + oldest.maxBlockMs + STUCK_WORKER_GRACE_MS
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
    const waiting = this.#waiting.splice(0)
    this.#failUnanswered(error, isUnknown)
    for (const { buffer, listener } of waiting) {
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
