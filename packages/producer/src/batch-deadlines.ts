import type { AppendDeadline, RinglogError, Clock } from '@ringlog/core/internal'
import type { ResolvedProducerConfig } from './config.ts'
import { noRoom, timedOut } from './delivery-errors.ts'
import type { ProducerBatch } from './producer-batch.ts'

/** How long the answer to a batch that is out of time is awaited: the worker knows what became of it. */
export const LATE_ANSWER_MS = 500

/** How long the batches of one partition may take, and why one took too long. */
export class BatchDeadlines {
  readonly #config: ResolvedProducerConfig
  readonly #clock: Clock
  /** What the log said when it had no room; `null`: it has taken a batch since. */
  #fullError: RinglogError | null = null

  constructor(config: ResolvedProducerConfig, clock: Clock) {
    this.#config = config
    this.#clock = clock
  }

  onFull(error: RinglogError): void {
    this.#fullError = error
  }

  onAppended(): void {
    this.#fullError = null
  }

  /** What a batch that leaves now is given. The worker itself gives up in time: then its fate is known. */
  appendDeadline(batch: ProducerBatch, nowMs: number): AppendDeadline {
    const { maxBlockMs, requestTimeoutMs } = this.#config
    const { waitingSinceMs } = batch
    const endMs = this.#deliveryEndMs(batch)
    return {
      requestDeadlineMs: Math.min(nowMs + requestTimeoutMs, endMs),
      waitingSinceMs,
      maxBlockMs: Math.min(maxBlockMs, Math.max(0, endMs - waitingSinceMs)),
    }
  }

  /** When a batch fails that was handed over, or one before it was, and there is no answer. */
  lateExpiryMs(batch: ProducerBatch): number {
    return this.#deliveryEndMs(batch) + LATE_ANSWER_MS
  }

  /** When a batch fails that was not handed over, nor any other. */
  expiryMs(batch: ProducerBatch): number {
    return this.#deliveryEndMs(batch)
  }

  /**
   * Whether a batch need not leave, because the log would not take it any more. Whether there is room
   * only the log knows, but it has just said that there was none.
   */
  isOverdue(batch: ProducerBatch): boolean {
    if (batch.isMaybeAppended) return false
    const nowMs = this.#clock.nowMs()
    if (this.#deliveryEndMs(batch) <= nowMs) return true
    return this.#fullError !== null && batch.waitingSinceMs + this.#config.maxBlockMs <= nowMs
  }

  /** The error of a batch that is out of time: the log has no room, where that is known. */
  timedOut(batch: ProducerBatch, isMaybeAppended: boolean): RinglogError {
    if (this.#fullError !== null && !isMaybeAppended) {
      return noRoom(batch, this.#clock.nowMs() - batch.startMs, this.#fullError)
    }
    return timedOut(batch, this.#config.deliveryTimeoutMs, isMaybeAppended)
  }

  #deliveryEndMs({ createdMs }: ProducerBatch): number {
    return createdMs + this.#config.deliveryTimeoutMs
  }
}
