import {
  READ_NEEDS_LARGER_TARGET,
  READ_NEEDS_LOAD,
  READ_NOTHING_NEW,
  READ_OK,
  RinglogError,
  partitionName,
  type FoundRecord,
  type LogReader,
  type ReadResult,
} from '@ringlog/core/internal'
import type { FetchedLog } from '../consumer/fetched-log.ts'
import type { LogPlace } from '../consumer/leader-epochs.ts'
import type { FollowedRing } from './followed-ring.ts'

/**
 * A partition that is followed, as one of its readers sees it: the ring, and what the reader fetches by itself of what
 * the ring does not have. The offset alone says which, at every read:
 *
 * ```text
 *   in the ring                                    read there
 *   in the ring, and deleted before the reader     out of range, as where it fetches
 *   has opened the partition
 *   before it: sought back to, or overtaken        fetched, until it meets the ring
 *   in the ring, and committed under a leader      fetched, for the cluster says whether the log was
 *   other than the ring's last                     cut off since
 *   after it: the follower has not come there      fetched, until the ring has it
 *   at the end of a ring that is over              fetched; then another follower is asked for
 * ```
 *
 * The cluster has whatever the ring has not, so nothing is lost by any of it; and what ends a follower, a reader that
 * goes on by itself is told by the cluster.
 *
 * Thread: the consumer's.
 */
export class FollowedLog implements LogReader {
  readonly deletedBefore = 0
  readonly #own: FetchedLog
  readonly #parts: FollowedLogParts
  #ring: FollowedRing | null
  /** Where it starts, until it is known that the ring is of the log that was read up to there. */
  #start: LogPlace | null
  /** Whether the last read was of what it has fetched itself. */
  #isOwn = false
  #isJoining = false
  #joinAtMs = 0
  #isClosed = false

  /**
   * @param start Where it is read first.
   * @param ring `null`: there is none to be had now.
   */
  constructor(
    own: FetchedLog,
    start: LogPlace,
    ring: FollowedRing | null,
    parts: FollowedLogParts,
  ) {
    this.#own = own
    this.#start = start.leaderEpoch < 0 ? null : start
    this.#ring = ring
    this.#parts = parts
    this.#isOwn = ring === null
  }

  get logStartOffset(): number {
    const known = this.#own.logStartOffset
    return this.#ring === null || this.#isOwn
      ? known
      : Math.max(known, this.#ring.words.logStartOffset)
  }

  get endOffset(): number {
    return this.#ring === null || this.#isOwn ? this.#own.endOffset : this.#ring.words.logEndOffset
  }

  get truncatedTo(): number | null {
    return this.#isOwn ? this.#own.truncatedTo : null
  }

  get heldOffset(): number | null {
    return this.#ring?.heldOffset ?? null
  }

  /** What lies before `offset` need not be kept for this reader. */
  release(offset: number): void {
    this.#ring?.holdFrom(offset)
  }

  read(offset: number, target: Uint8Array, result: ReadResult): void {
    if (this.#ring !== null && this.#readRing(this.#ring, offset, target, result)) return
    this.#isOwn = true
    this.#own.read(offset, target, result)
    if (result.status === READ_NOTHING_NEW) result.status = READ_NEEDS_LOAD
    if (result.status !== READ_OK) return
    this.#start = null
    if (this.#ring === null) this.#join(result.nextOffset)
  }

  availableBytes(offset: number): number {
    if (this.#ring === null || this.#isOwn) return this.#own.availableBytes(offset) || Infinity
    const isElsewhere = offset < this.#own.logStartOffset || this.#isOver(this.#ring)
    return isElsewhere ? Infinity : this.#ring.availableBytes(offset)
  }

  load(): Promise<void> {
    return this.#own.load()
  }

  /** @throws RinglogError INVALID_STATE: the event loop of this thread has to turn. */
  loadSync(): never {
    const { topic, partition } = this.#own.at
    throw new RinglogError(
      'INVALID_STATE',
      `what pollSync() would read next of ${partitionName(topic, partition)} is not in the ring of its follower, so ` +
        'this thread fetches it, as its event loop turns: await poll() until it has caught up',
      { details: { topic, partition } },
    )
  }

  findByTimestamp(timestampMs: number): Promise<FoundRecord | null> {
    return this.#own.findByTimestamp(timestampMs)
  }

  close(): void {
    this.#isClosed = true
    this.#ring = null
    this.#parts.leave()
    this.#parts.onClose()
    this.#own.close()
  }

  /** Reads what the ring has; `false`: it has nothing of it, and the reader goes on by itself. */
  #readRing(ring: FollowedRing, offset: number, target: Uint8Array, result: ReadResult): boolean {
    if (offset < this.#own.logStartOffset) return false // the ring may have it from before it was deleted
    if (!this.#mayRead(ring, offset)) return false
    const isOver = this.#isOver(ring) // INV-187: before the ring is looked at
    ring.read(offset, target, result)
    const { status } = result
    const isFound = status === READ_OK || status === READ_NEEDS_LARGER_TARGET
    if (isFound || (status === READ_NOTHING_NEW && !isOver)) {
      if (this.#isOwn) this.#own.rest()
      this.#isOwn = false
      if (status === READ_OK) this.#own.noteRead(target.subarray(0, result.copiedBytes))
      return true
    }
    if (!isOver) return false
    // What the log has from here on is to follow what was read: the cluster says where it does not (INV-186).
    if (status === READ_NOTHING_NEW) this.#own.beginAt(offset, ring.words.leaderEpoch)
    this.#ring = null
    this.#parts.leave()
    return false
  }

  /**
   * Whether the ring is of the log that was read up to `offset`. One epoch has one leader: where it is that of the last
   * batch in the ring as well, both have the same records before `offset`.
   */
  #mayRead(ring: FollowedRing, offset: number): boolean {
    const start = this.#start
    if (start?.offset === offset && ring.words.leaderEpoch !== start.leaderEpoch) return false
    this.#start = null
    return true
  }

  #isOver(ring: FollowedRing): boolean {
    return ring.words.isOver || this.#parts.isLost()
  }

  /** Asks for a follower, now that the log can be read from here on. */
  #join(offset: number): void {
    const nowMs = this.#parts.nowMs()
    if (this.#isJoining || nowMs < this.#joinAtMs) return
    this.#isJoining = true
    this.#joinAtMs = nowMs + JOIN_EVERY_MS
    void this.#parts.join(offset, this.#own.leaderEpochBefore(offset)).then((ring) => {
      this.#isJoining = false
      if (this.#isClosed) this.#parts.leave()
      else this.#ring = ring
    })
  }
}

/** How often a reader that goes on by itself asks for a follower. */
const JOIN_EVERY_MS = 5_000

/** What a followed log needs of its surroundings. */
export interface FollowedLogParts {
  /**
   * Asks for a follower; `null`: there is none to be had now.
   *
   * @param leaderEpoch Of the record before `offset`; -1: not known.
   */
  join(offset: number, leaderEpoch: number): Promise<FollowedRing | null>
  /** The follower's ring is not read any more. */
  leave(): void
  /** Whether whoever starts followers has ended, and all of them with it. */
  isLost(): boolean
  onClose(): void
  nowMs(): number
}
