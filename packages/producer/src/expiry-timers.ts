import type { ProducerClock, ProducerTimer } from './producer-clock.ts'
import type { TopicAccumulator } from './topic-accumulator.ts'

/**
 * Fails what is out of time, also when nothing else happens: records that are held for longer than
 * `maxBlockMs`, and batches that take longer than `deliveryTimeoutMs`.
 */
export class ExpiryTimers {
  readonly #clock: ProducerClock
  readonly #topics: ReadonlyMap<string, TopicAccumulator>
  /** Runs when the first held record, and when the first batch, is out of time. */
  #heldTimer: ProducerTimer | null = null
  #deliveryTimer: ProducerTimer | null = null

  constructor(clock: ProducerClock, topics: ReadonlyMap<string, TopicAccumulator>) {
    this.#clock = clock
    this.#topics = topics
  }

  /** Fails held records when their time is over. */
  watchHeld(): void {
    if (this.#heldTimer !== null) return
    const nowMs = this.#clock.nowMs()
    let nextMs = Infinity
    for (const topic of this.#topics.values()) nextMs = Math.min(nextMs, topic.expireHeld(nowMs))
    if (nextMs === Infinity) return
    this.#heldTimer = this.#clock.setTimer(
      () => {
        this.#heldTimer = null
        this.watchHeld()
      },
      Math.ceil(nextMs - nowMs) + 1,
    )
  }

  /**
   * Fails batches when their time is over: they are out of time in the order in which they were
   * opened, so that one timer does for all.
   *
   * @param delayMs How long the one that was just opened has.
   */
  watchBatches(delayMs: number): void {
    if (this.#deliveryTimer !== null) return
    this.#deliveryTimer = this.#clock.setTimer(() => {
      this.#deliveryTimer = null
      this.#expireBatches()
    }, delayMs)
    this.#deliveryTimer.unref()
  }

  stop(): void {
    for (const timer of [this.#heldTimer, this.#deliveryTimer]) {
      if (timer !== null) this.#clock.clearTimer(timer)
    }
    this.#heldTimer = null
    this.#deliveryTimer = null
  }

  #expireBatches(): void {
    const nowMs = this.#clock.nowMs()
    let nextMs = Infinity
    for (const topic of this.#topics.values()) {
      for (const queue of topic.unfinishedQueues) nextMs = Math.min(nextMs, queue.expire(nowMs))
    }
    if (nextMs !== Infinity) this.watchBatches(Math.ceil(nextMs - nowMs) + 1)
  }
}
