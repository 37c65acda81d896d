import type { OpenPartition, TopicPartition } from '@ringlog/core/internal'
import type { ChunkPool } from './fetched-chunk.ts'
import {
  NEEDS_LOAD,
  PartitionFetcher,
  TAKEN,
  type TakeBudget,
  type TakeOutcome,
} from './partition-fetcher.ts'
import type { RecordSlice } from './slice-cursor.ts'

/**
 * A partition that is assigned, and how far each of its records has come on the way to the user:
 *
 * ```text
 *            take             handOut              markDone
 *   in log ───────▶ taken ───────────────▶ handed out ───────▶ done: what commits name
 *          ◀───────        ◀───────────────
 *           putBack             takeBack
 *
 *   doneOffset  ≤  position  ≤  the fetcher's position
 * ```
 *
 * A poll hands out all that it takes, at once. An iteration takes as much and hands it out one by one,
 * so its position is behind the fetcher's. `moveTo` sets all three.
 *
 * Thread: the consumer's.
 */
export class AssignedPartition {
  readonly at: TopicPartition
  readonly open: OpenPartition
  /** Whether a group has assigned it, which also says when to let it go. */
  readonly isMembers: boolean
  readonly #fetcher: PartitionFetcher
  #position: number
  #currentOffset = -1
  #doneOffset: number
  /** `currentOffset` before the record that was handed out last. */
  #offsetBefore = -1
  #missableFrom: number
  #isSought = false
  #isPaused = false

  /**
   * @param hasPosition Whether it starts at `open.startOffset`; else a seek says where.
   * @param onLoaded Called when a load has ended.
   */
  constructor(
    open: OpenPartition,
    pool: ChunkPool,
    hasPosition: boolean,
    isMembers: boolean,
    onLoaded: () => void,
  ) {
    this.#fetcher = new PartitionFetcher(open, pool, hasPosition, onLoaded)
    this.at = this.#fetcher.at
    this.open = open
    this.isMembers = isMembers
    this.#position = open.startOffset
    this.#doneOffset = open.startOffset
    this.#missableFrom = open.startOffset
    this.report()
  }

  /** The next record to be handed out; of no meaning before `hasPosition`. */
  get position(): number {
    return this.#position
  }

  get hasPosition(): boolean {
    return this.#fetcher.hasPosition
  }

  /** The last record that was handed out; -1: none. */
  get currentOffset(): number {
    return this.#currentOffset
  }

  /** What is below counts as consumed. In an iteration the record that was yielded last does not. */
  get doneOffset(): number {
    return this.#doneOffset
  }

  /** What lies below was gone already when the position was set: it is not missed. */
  get missableFrom(): number {
    return this.#missableFrom
  }

  /** Whether the position was sought since the last record was handed out. */
  get isSought(): boolean {
    return this.#isSought
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Whether a poll may find something in it now, or has an error to throw; not while it is paused. */
  get hasAvailable(): boolean {
    if (this.#isPaused) return false
    if (this.#fetcher.isLoading) return this.#fetcher.hasAvailable
    if (!this.#fetcher.hasAvailable) return this.hasGone
    return !(this.isMembers && this.open.isDeleted())
  }

  /** Whether nothing more will come, and a poll must throw that; deleted topics a member gives up with its group. */
  get hasGone(): boolean {
    return this.open.isOffline() && !(this.isMembers && this.open.isDeleted())
  }

  /**
   * Takes records from the log, as `PartitionFetcher.take`, and lets the log overwrite what it has
   * copied.
   */
  take(budget: TakeBudget, slices: RecordSlice[]): TakeOutcome {
    const slicesBefore = slices.length
    try {
      const outcome = this.#fetcher.take(budget, slices)
      if (outcome === TAKEN || outcome === NEEDS_LOAD) this.release()
      return outcome
    } finally {
      const hasPassedMarkers = slices.length === slicesBefore && this.hasPosition
      if (hasPassedMarkers) this.#position = this.#fetcher.position // they are not handed out
    }
  }

  /** See `PartitionFetcher.load`. */
  load(): void {
    this.#fetcher.load()
  }

  /** See `PartitionFetcher.loadSync`. */
  loadSync(): boolean {
    return this.#fetcher.loadSync()
  }

  /** All that was taken is handed out. */
  handOut(): void {
    this.#position = this.#fetcher.position
    this.#currentOffset = this.#fetcher.lastTakenOffset
    this.#doneOffset = this.#position
    this.#isSought = false
    this.report()
  }

  /** One record of what was taken is handed out, the next in order. */
  handOutRecord(offset: number): void {
    this.#offsetBefore = this.#currentOffset
    this.#position = offset + 1
    this.#currentOffset = offset
  }

  /**
   * The record that was handed out last did not reach the user: it is to be handed out again. `false`
   * where the position has moved since.
   */
  takeBack(offset: number): boolean {
    if (this.#position !== offset + 1) return false
    this.#position = offset
    this.#currentOffset = this.#offsetBefore
    return true
  }

  /** What was taken and not handed out goes back: the next poll takes it again. */
  putBack(): void {
    if (this.hasPosition && this.#fetcher.position !== this.#position) {
      this.#fetcher.seek(this.#position)
    }
  }

  /** What lies below counts as consumed. */
  markDone(offset: number = this.#position): void {
    this.#doneOffset = offset
  }

  /** A new poll begins: what the last one handed out is done, and its memory can be used again. */
  beginPoll(): void {
    this.markDone()
    this.#fetcher.recycle()
  }

  /** Goes on from `offset`, wherever it was before: what the log has no more by now is not missed. */
  moveTo(offset: number): void {
    this.resetTo(offset)
    this.#missableFrom = Math.max(offset, this.open.reader.logStartOffset)
  }

  /**
   * Goes on from where the log was seen to start, or to end. The log may have started later since: what went
   * meanwhile is missed.
   */
  resetTo(offset: number): void {
    this.#fetcher.seek(offset)
    this.#position = offset
    this.#doneOffset = offset
    this.#missableFrom = offset
    this.#isSought = true
    this.report()
  }

  /**
   * Lets the log overwrite what was taken, and holds what comes after it.
   * INV-10: what was taken lies in this consumer's own memory by now.
   */
  release(): void {
    this.open.release(this.#fetcher.position)
  }

  /**
   * Lets go of what the position was sought past, and holds what it went back to, as far as that is still
   * there. A position past the log's end lets go of nothing: what comes is held until it is reset.
   */
  releasePassed(): void {
    const { heldOffset, reader } = this.open
    const { position } = this.#fetcher
    if (!this.hasPosition || heldOffset === null || heldOffset === position) return
    if (position <= reader.endOffset) this.release()
  }

  /**
   * Commits what counts as consumed, where that says more than what is committed already. `null`: there was
   * nothing to commit; else the answer, which may be still to come.
   */
  commitDone(): boolean | Promise<boolean> | null {
    const { commits } = this.open
    const offset = this.#doneOffset
    if (commits === null || !this.isAhead(offset)) return null
    if (!this.hasPosition || this.isPastEnd(offset)) return null
    return commits.commit(offset)
  }

  /**
   * Whether to commit `offset` says more than what is committed already. Only offsets that the user names
   * go back: a seek, or an iteration that was left, does not give to the group again what it has finished.
   */
  isAhead(offset: number): boolean {
    const committed = this.open.commits?.committed ?? null
    // Where nothing is committed, the group starts again where it started.
    return committed === null ? offset !== this.open.startOffset : offset > committed
  }

  /** What was handed out was in the log; all else is looked up, but in a log that lives elsewhere. */
  isPastEnd(offset: number): boolean {
    if (this.open.isRemote === true) return false
    return offset > this.#currentOffset + 1 && offset > this.open.reader.endOffset
  }

  /** Polls pass it over from now on. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  /** Shows its group where it stands. */
  report(): void {
    if (this.hasPosition) this.open.commits?.report(this.#position, this.#currentOffset)
  }
}
