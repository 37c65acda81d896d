import type { Clock, ClockTimer } from '@ringlog/core/internal'
import type { TopicAccumulator } from './topic-accumulator.ts'

/**
 * Fails what is out of time, also when nothing else happens: records that are held for longer than
 * `maxBlockMs`, and batches that take longer than `deliveryTimeoutMs`.
 *
 * A thread that was busy finds its timers due and the answers unread. The answers come first: a timer
 * lets the turn of the event loop end, which takes in what came as messages, then takes in what lies in
 * shared memory, and only then looks at the clock.
 */
export class ExpiryTimers {
  readonly #clock: Clock
  readonly #topics: ReadonlyMap<string, TopicAccumulator>
  readonly #takeIn: () => void
  /** Runs when the first held record, and when the first batch, is out of time. */
  #heldTimer: ClockTimer | null = null
  #deliveryTimer: ClockTimer | null = null

  /** @param takeIn Takes in the answers that are there. */
  constructor(clock: Clock, topics: ReadonlyMap<string, TopicAccumulator>, takeIn: () => void) {
    this.#clock = clock
    this.#topics = topics
    this.#takeIn = takeIn
  }

  /** Fails held records when their time is over; to be called when there are more, or fewer. */
  watchHeld(): void {
    let nextMs = Infinity
    for (const topic of this.#topics.values()) nextMs = Math.min(nextMs, topic.nextHeldExpiryMs())
    if (nextMs === Infinity) this.#stopHeld()
    if (nextMs === Infinity || this.#heldTimer !== null) return
    this.#heldTimer = this.#clock.setTimer(
      () =>
        this.#clock.setTurnEnd(() => {
          this.#heldTimer = null
          this.#expireHeld()
        }),
      Math.max(0, Math.ceil(nextMs - this.#clock.nowMs())) + 1,
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
    this.#deliveryTimer = this.#clock.setTimer(
      () =>
        this.#clock.setTurnEnd(() => {
          this.#deliveryTimer = null
          this.#expireBatches()
        }),
      delayMs,
    )
    this.#deliveryTimer.unref()
  }

  stop(): void {
    this.#stopHeld()
    if (this.#deliveryTimer !== null) this.#clock.clearTimer(this.#deliveryTimer)
    this.#deliveryTimer = null
  }

  #stopHeld(): void {
    if (this.#heldTimer !== null) this.#clock.clearTimer(this.#heldTimer)
    this.#heldTimer = null
  }

  #expireHeld(): void {
    this.#takeIn()
    const nowMs = this.#clock.nowMs()
    for (const topic of this.#topics.values()) topic.expireHeld(nowMs)
    this.watchHeld()
  }

  #expireBatches(): void {
    this.#takeIn()
    const nowMs = this.#clock.nowMs()
    let nextMs = Infinity
    for (const topic of this.#topics.values()) {
      for (const queue of topic.unfinishedQueues) nextMs = Math.min(nextMs, queue.expire(nowMs))
    }
    if (nextMs !== Infinity) this.watchBatches(Math.max(0, Math.ceil(nextMs - nowMs)) + 1)
  }
}
