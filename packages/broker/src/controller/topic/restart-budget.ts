/** A worker that lives no longer than this after it was ready has died of what it found. */
const SHORT_LIFE_MS = 20
/** What the second death in a row of a worker that hardly lived waits; each further one twice as long. */
const FIRST_DELAY_MS = 10
const MAX_DELAY_MS = 1_000

/**
 * Says whether a worker that has died is started again, and when: at most `maxRestarts` times within any
 * `restartWindowMs`. The first restart is made at once; where workers keep dying as soon as they are there,
 * each of the next waits for longer, so that a large `maxRestarts` does not keep a processor busy.
 */
export class RestartBudget {
  readonly limits: RestartLimits
  /** When workers were started anew, in order; only those within the window count. */
  #restartsMs: number[] = []
  #shortLives = 0

  constructor(limits: RestartLimits) {
    this.limits = limits
  }

  /**
   * Takes a restart.
   *
   * @param livedMs For how long the worker that has died was ready; 0: it never was.
   * @returns How long to wait before it; `null`: there is none left.
   */
  take(nowMs: number, livedMs: number): number | null {
    const { maxRestarts, restartWindowMs } = this.limits
    this.#restartsMs = this.#restartsMs.filter((startMs) => nowMs - startMs < restartWindowMs)
    if (this.#restartsMs.length >= maxRestarts) return null
    this.#restartsMs.push(nowMs)
    this.#shortLives = livedMs > SHORT_LIFE_MS ? 0 : this.#shortLives + 1
    if (this.#shortLives < 2) return 0
    return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#shortLives - 2))
  }

  /** How many restarts within the window were taken. */
  get taken(): number {
    return this.#restartsMs.length
  }

  /** Nothing was taken yet. */
  reset(): void {
    this.#restartsMs = []
    this.#shortLives = 0
  }
}

/** How often a partition's worker is started anew: as `BrokerConfig` says. */
export interface RestartLimits {
  /** 0: never. */
  readonly maxRestarts: number
  readonly restartWindowMs: number
}
