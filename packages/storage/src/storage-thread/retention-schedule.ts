import type { Clock, ResolvedTopicConfig } from '@ringlog/core/internal/storage'

/** Kafka's `log.retention.check.interval.ms`: the longest time between two checks. */
const MAX_INTERVAL_MS = 300_000
const MIN_INTERVAL_MS = 5

/** What of a topic's options says when retention has something to do. */
export type RetentionConfig = Pick<
  ResolvedTopicConfig,
  'retentionMs' | 'retentionBytes' | 'retentionHeldBy'
>

/**
 * When retention is due: often enough that no segment outlives `retentionMs` by more than half of it, and whenever
 * one was sealed, by which alone a log grows beyond `retentionBytes`.
 *
 * Thread: the storage thread's.
 */
export class RetentionSchedule {
  readonly #clock: Clock
  readonly #isLimited: boolean
  readonly #intervalMs: number
  #dueAtMs = Infinity
  #heldFrom: number

  constructor(config: RetentionConfig, clock: Clock) {
    const { retentionMs, retentionBytes, retentionHeldBy } = config
    this.#clock = clock
    this.#heldFrom = retentionHeldBy === 'groups' ? 0 : Infinity
    this.#isLimited = retentionMs !== null || retentionBytes !== null
    this.#intervalMs =
      retentionMs === null
        ? Infinity
        : Math.min(Math.max(retentionMs / 2, MIN_INTERVAL_MS), MAX_INTERVAL_MS)
    this.noteRolled()
  }

  /** `Infinity`: never, as far as is known. */
  get dueAtMs(): number {
    return this.#dueAtMs
  }

  /** Groups hold what lies at or past this offset; everything, until it is known what they hold. */
  get heldFrom(): number {
    return this.#heldFrom
  }

  holdFrom(offset: number): void {
    if (offset === this.#heldFrom) return
    this.#heldFrom = offset
    this.noteRolled()
  }

  /** A segment was sealed. */
  noteRolled(): void {
    if (this.#isLimited) this.#dueAtMs = this.#clock.nowMs()
  }

  noteApplied(): void {
    this.#dueAtMs = this.#clock.nowMs() + this.#intervalMs
  }
}
