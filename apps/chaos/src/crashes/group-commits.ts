import type { EventOf } from './session-event.ts'

/** What the group of one partition has asked for, and was told: a crash forgets nothing of it, and adds nothing. */
export class GroupCommits {
  readonly #fault: (message: string) => void
  #committed = 0
  #committing = 0

  constructor(fault: (message: string) => void) {
    this.#fault = fault
  }

  /** The greatest offset whose commit has resolved. */
  get committed(): number {
    return this.#committed
  }

  /** The greatest offset that a commit was asked for. */
  get committing(): number {
    return this.#committing
  }

  ask(offset: number): void {
    this.#committing = Math.max(this.#committing, offset)
  }

  commit(offset: number): void {
    this.#committed = Math.max(this.#committed, offset)
  }

  /** Holds what a session finds committed against it. */
  check(committed: EventOf<'began'>['committed']): void {
    if ((committed ?? 0) < this.#committed) {
      this.#fault(`the group had committed ${this.#committed}, and now ${committed}`)
    }
    if ((committed ?? 0) > this.#committing) {
      this.#fault(`the group has committed ${committed}, and asked for ${this.#committing} at most`)
    }
  }
}
