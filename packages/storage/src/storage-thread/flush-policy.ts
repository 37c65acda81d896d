import type {
  Clock,
  PartitionDiskMetrics,
  ResolvedTopicConfig,
} from '@ringlog/core/internal/storage'

/** One sync of a whole segment of 1 GiB would hold up the writes that come with it for seconds. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024

/** A sync that takes less is worth no wake-ups of another thread. */
const QUICK_SYNC_MS = 1
/** A sync of more is not quick: the disk has to write it first. */
const QUICK_SYNC_BYTES = 16 * 1024

/** What of a topic's options says when it is synced. */
export type FlushConfig = Pick<ResolvedTopicConfig, 'flushMessages' | 'flushMs'>

/** What a log has counted of its syncs: see `PartitionDiskMetrics`. */
export type FlushTotals = Pick<PartitionDiskMetrics, 'logFlushesTotal' | 'logFlushMsTotal'>

/** Of a log that nothing was synced of. */
export const NO_FLUSHES: FlushTotals = { logFlushesTotal: 0, logFlushMsTotal: 0 }

/**
 * When a log is due to be synced, and how far it may be acknowledged before it is.
 *
 * Thread: the storage thread's.
 */
export class FlushPolicy {
  readonly #flushMessages: number | null
  readonly #flushMs: number | null
  readonly #clock: Clock
  #writtenOffset: number
  #flushedOffset: number
  #unsyncedBytes = 0
  /** When the first record was written that no sync has begun for; `null`: there is none. */
  #unsyncedSinceMs: number | null = null
  /** When the sync began that runs; `null`: none does. */
  #syncBeganAtMs: number | null = null
  #flushesTotal = 0
  #flushMsTotal = 0
  /** How long the last sync took; `Infinity`: there was none. */
  #lastFlushMs = Infinity

  /** @param endOffset Up to there all is synced. */
  constructor({ flushMessages, flushMs }: FlushConfig, clock: Clock, endOffset: number) {
    this.#flushMessages = flushMessages
    this.#flushMs = flushMs
    this.#clock = clock
    this.#writtenOffset = endOffset
    this.#flushedOffset = endOffset
  }

  noteWritten(endOffset: number, fileBytes: number): void {
    this.#writtenOffset = endOffset
    this.#unsyncedBytes += fileBytes
    if (this.#flushMs !== null) this.#unsyncedSinceMs ??= this.#clock.nowMs()
  }

  /** Of all that is written by now. */
  noteSyncBegins(): void {
    this.#unsyncedBytes = 0
    this.#unsyncedSinceMs = null
    this.#syncBeganAtMs = this.#clock.nowMs()
  }

  noteFlushed(offset: number): void {
    this.#flushedOffset = offset
    if (this.#syncBeganAtMs === null) return
    this.#lastFlushMs = this.#clock.nowMs() - this.#syncBeganAtMs
    this.#flushesTotal++
    this.#flushMsTotal += this.#lastFlushMs
    this.#syncBeganAtMs = null
  }

  /** Whether a sync that begins now is most likely over in less than `QUICK_SYNC_MS`: the last one was. */
  get isQuick(): boolean {
    return this.#unsyncedBytes <= QUICK_SYNC_BYTES && this.#lastFlushMs < QUICK_SYNC_MS
  }

  /** The syncs that have ended well, but for those of an opening and a close. */
  get totals(): FlushTotals {
    return { logFlushesTotal: this.#flushesTotal, logFlushMsTotal: this.#flushMsTotal }
  }

  /** All before it would survive the loss of power. */
  get flushedOffset(): number {
    return this.#flushedOffset
  }

  /** How far records may be acknowledged once they are written, as far as syncing goes (D-1). */
  get acknowledgeableOffset(): number {
    return this.#flushMessages === null ? Infinity : this.#flushedOffset + this.#flushMessages - 1
  }

  /** Of a log of which no sync runs. */
  isDue(nowMs: number): boolean {
    return (
      this.#unsyncedBytes >= SYNC_EVERY_BYTES || this.#areManyUnflushed() || nowMs >= this.dueAtMs
    )
  }

  /** When a sync is due by time; `Infinity`: never. */
  get dueAtMs(): number {
    if (this.#flushMs === null || this.#unsyncedSinceMs === null) return Infinity
    return this.#unsyncedSinceMs + this.#flushMs
  }

  /**
   * From half of `flushMessages` on: while those are synced, as many again can be written and acknowledged, and
   * nobody waits.
   */
  #areManyUnflushed(): boolean {
    if (this.#flushMessages === null) return false
    const unflushed = this.#writtenOffset - this.#flushedOffset
    return unflushed > 0 && unflushed >= this.#flushMessages / 2
  }
}
