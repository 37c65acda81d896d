/** A worker that lives no longer than this after it was ready has died of what it found. */
const SHORT_LIFE_MS = 20
/** What the second death in a row of a worker that hardly lived waits; each further one twice as long. */
const FIRST_DELAY_MS = 10
const MAX_DELAY_MS = 1_000
/** While the broker closes: so many workers in a row that have appended nothing, and no other is started. */
const VAIN_LIVES_WHILE_CLOSING = 3

/**
 * Says whether a worker that has died is started again, and when: at most `maxRestarts` times within any
 * `restartWindowMs`. The first restart is made at once; where workers keep dying as soon as they are there,
 * each of the next waits for longer, so that a large `maxRestarts` does not keep a processor busy.
 *
 * While the broker closes, workers are there for what producers still send: where one after the other appends
 * nothing of it, the rest cannot be saved, and closing is not to wait for it.
 */
export class RestartBudget {
  readonly limits: RestartLimits
  /** When workers were started anew, in order; only those within the window count. */
  #restartsMs: number[] = []
  #shortLives = 0
  /** How many workers in a row have died without having appended anything. */
  #vainLives = 0
  #endOffset = -1
  #isClosing = false

  constructor(limits: RestartLimits) {
    this.limits = limits
  }

  /**
   * Takes a restart.
   *
   * @returns How long to wait before it; `null`: there is none left.
   */
  take({ nowMs, livedMs, endOffset }: WorkerDeath): number | null {
    const { maxRestarts, restartWindowMs } = this.limits
    this.#vainLives = endOffset === this.#endOffset ? this.#vainLives + 1 : 0
    this.#endOffset = endOffset
    if (this.isGivenUp) return null
    this.#restartsMs = this.#restartsMs.filter((startMs) => nowMs - startMs < restartWindowMs)
    if (this.#restartsMs.length >= maxRestarts) return null
    this.#restartsMs.push(nowMs)
    this.#shortLives = livedMs > SHORT_LIFE_MS ? 0 : this.#shortLives + 1
    if (this.#shortLives < 2) return 0
    return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#shortLives - 2))
  }

  /** The broker begins to close. */
  expectClosing(): void {
    this.#isClosing = true
  }

  /** Whether no worker is started any more because the broker closes, and those before were in vain. */
  get isGivenUp(): boolean {
    return this.#isClosing && this.#vainLives >= VAIN_LIVES_WHILE_CLOSING
  }

  /** Why no restart is left. */
  get usedUp(): string {
    const { maxRestarts, restartWindowMs } = this.limits
    return this.isGivenUp
      ? `the broker closes, and ${this.#vainLives} workers in a row have appended nothing`
      : `maxRestarts=${maxRestarts} within restartWindowMs=${restartWindowMs} leaves no more`
  }

  /** How many restarts within the window were taken. */
  get taken(): number {
    return this.#restartsMs.length
  }

  /** Nothing was taken yet. */
  reset(): void {
    this.#restartsMs = []
    this.#shortLives = 0
    this.#vainLives = 0
  }
}

/** How the worker that has died was. */
export interface WorkerDeath {
  readonly nowMs: number
  /** For how long it was ready; 0: it never was. */
  readonly livedMs: number
  /** Where it has left the end of the log. */
  readonly endOffset: number
}

/** How often a partition's worker is started anew: as `BrokerConfig` says. */
export interface RestartLimits {
  /** 0: never. */
  readonly maxRestarts: number
  readonly restartWindowMs: number
}
