import type { Clock } from '@ringlog/core/internal'

/** What a test has a mock consumer do as it polls. */
export type PollTask = () => void | Promise<void>

/**
 * The tasks of a mock consumer: each poll runs one as it begins; and one that waits, because there is nothing
 * to hand out, runs those that are left, one after the other.
 */
export class PollTasks {
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  #tasks: PollTask[] = []
  #isRunning = false
  #polls = 0
  /** Until the next task runs, unless there is no poll by then; 0: it is not waited for. */
  #turnsLeft = 0

  /** @param onError What a task throws. */
  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock
    this.#onError = onError
  }

  add(task: PollTask): void {
    this.#tasks.push(task)
    this.#goOnLater()
  }

  /** A poll begins; the function that is returned says that it has ended. */
  onPoll(): () => void {
    this.#polls++
    if (this.#turnsLeft > 0) this.#goOnLater()
    if (!this.#isRunning) void this.#runNext()
    return () => void this.#polls--
  }

  /** The first task of a poll runs before it looks for records. */
  async #runNext(): Promise<void> {
    const task = this.#tasks.shift()
    if (task === undefined) return
    this.#isRunning = true
    try {
      await task()
    } catch (error) {
      this.#onError(error)
    } finally {
      this.#isRunning = false
    }
    this.#goOnLater()
  }

  /** A poll that finds something is over a few turns later: what is then under way waits. */
  #goOnLater(): void {
    if (this.#turnsLeft === 0) this.#clock.setTurnEnd(() => this.#onTurnEnd())
    this.#turnsLeft = SETTLING_TURNS
  }

  #onTurnEnd(): void {
    if (--this.#turnsLeft > 0) this.#clock.setTurnEnd(() => this.#onTurnEnd())
    else if (this.#polls > 0 && !this.#isRunning) void this.#runNext()
  }
}

/** A poll that is woken at its doorbell goes on one or two turns of the event loop later. */
const SETTLING_TURNS = 5
