import type { Doorbell } from '@ringlog/core/internal'

/**
 * The steps of a member: joining, carrying out what the group asks, leaving. One is made after the other; polls
 * wait while one is under way, at the consumer's doorbell.
 *
 * Thread: the consumer's.
 */
export class MembershipTurns {
  readonly #doorbell: Doorbell
  /** Resolves when the last step has come to its end, in whatever way. */
  #last: Promise<void> | null = null

  constructor(doorbell: Doorbell) {
    this.#doorbell = doorbell
  }

  /** Whether a step is being made, or waits for the one before it. */
  get areUnderWay(): boolean {
    return this.#last !== null
  }

  /** Makes a step when those before it have ended; settles as it does. */
  take(step: () => Promise<void>): Promise<void> {
    const made = (this.#last ?? Promise.resolve()).then(step)
    const last = made
      .catch(() => undefined)
      .then(() => {
        if (this.#last !== last) return
        this.#last = null
        this.#doorbell.ring()
      })
    this.#last = last
    return made
  }

  /** Resolves when none is under way. */
  async whenOver(): Promise<void> {
    for (let last = this.#last; last !== null; last = this.#last) await last
  }
}
