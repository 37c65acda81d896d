import type {
  Clock,
  LogTotals,
  PartitionTotals,
  RingLogWriter,
  WhenFull,
} from '@ringlog/core/internal/partition-thread'
import { checkBeforeOffset } from './check-before-offset.ts'
import type { LogOnDisk } from './disk/log-on-disk.ts'
import type { PartitionGates } from './partition-gates.ts'

/**
 * Evicts batches: to make room in a full ring, because of their age, or because the user deletes them. The
 * first two respect gates, except on topics with `whenFull: "evict"`; the third does not.
 *
 * Thread: the partition worker.
 */
export class LogEviction {
  readonly #options: LogEvictionOptions
  readonly #writer: RingLogWriter
  readonly #gates: PartitionGates

  constructor(options: LogEvictionOptions, writer: RingLogWriter, gates: PartitionGates) {
    this.#options = options
    this.#writer = writer
    this.#gates = gates
  }

  get counts(): EvictionCounts {
    const { totals } = this.#options
    return {
      evictedRecordsTotal: totals.get('evictedRecordsTotal'),
      evictedUnreadRecordsTotal: totals.get('evictedUnreadRecordsTotal'),
      expiredRecordsTotal: totals.get('expiredRecordsTotal'),
      deletedRecordsTotal: totals.get('deletedRecordsTotal'),
    }
  }

  /**
   * Makes room for a batch, as far as gates allow; returns whether there is room now.
   *
   * INV-9: where the batch may have to wait, the caller has set the blocked word before this reads the
   * gates. Expired batches need no look of their own: those that could make room lie below the gates, and
   * so are among the batches that this evicts anyway.
   */
  makeRoom(sizeBytes: number): boolean {
    const { disk } = this.#options
    if (disk !== null && !disk.mayGrowTo(this.#writer.endPositionAfter(sizeBytes))) return false // INV-125
    if (this.#writer.hasRoomFor(sizeBytes)) return true
    const { logStartOffset: before } = this.#writer
    const floorOffset = this.#floorOffset()
    const hasRoom = this.#writer.makeRoom(sizeBytes, floorOffset)
    const { logStartOffset: after } = this.#writer
    if (after > before && floorOffset === Infinity) this.#countEvicted(before, after)
    return hasRoom
  }

  /** Evicts the batches that are older than `retentionMs`, oldest first, up to the first that is not. */
  expire(): void {
    const { retentionMs, clock, totals, onEvicted } = this.#options
    if (retentionMs === null) return
    const { logStartOffset: before } = this.#writer
    this.#writer.evictOlderThan(clock.wallMs() - retentionMs, this.#floorOffset())
    const { logStartOffset: after } = this.#writer
    if (after === before) return
    totals.add('expiredRecordsTotal', after - before)
    onEvicted()
  }

  /**
   * Deletes what lies before `beforeOffset`, whatever gates hold it; -1: everything.
   *
   * @throws RinglogError INVALID_REQUEST, OFFSET_OUT_OF_RANGE.
   */
  deleteBefore(beforeOffset: number): void {
    const { logStartOffset: before, endOffset } = this.#writer
    this.#writer.deleteBefore(checkBeforeOffset(this.#options, beforeOffset, endOffset))
    this.#options.totals.add('deletedRecordsTotal', this.#writer.logStartOffset - before)
  }

  /**
   * The offset from which records are held: by gates, or, where the log goes on on disk, because they are not
   * there yet; `Infinity` where the topic evicts without looking at gates.
   */
  #floorOffset(): number {
    if (this.#options.disk !== null) return this.#options.disk.highWatermark // INV-126
    return this.#options.whenFull === 'evict' ? Infinity : this.#gates.lowest().offset
  }

  /** Counts records that no gate held. Consumers without a gate are taken to have read them. */
  #countEvicted(before: number, after: number): void {
    const { whenFull, totals, hasReaders, onEvicted } = this.#options
    totals.add('evictedRecordsTotal', after - before)
    if (whenFull !== 'evict' && !hasReaders()) {
      const readUpTo = Math.max(before, this.#writer.releasedUpTo)
      totals.add('evictedUnreadRecordsTotal', Math.max(0, after - readUpTo))
    }
    onEvicted()
  }
}

export interface LogEvictionOptions {
  readonly topic: string
  readonly partition: number
  readonly whenFull: WhenFull
  /** `null`: no limit. */
  readonly retentionMs: number | null
  readonly clock: Clock
  readonly totals: PartitionTotals
  /** `null`: the ring is all there is of the log. */
  readonly disk: LogOnDisk | null
  /** Whether a consumer reads the partition now, with or without a gate. */
  readonly hasReaders: () => boolean
  /** Called after records were evicted that no gate had released, and counted. */
  readonly onEvicted: () => void
}

/** How many records have left a log before they were released, and why. */
export type EvictionCounts = Pick<
  LogTotals,
  | 'evictedRecordsTotal'
  | 'evictedUnreadRecordsTotal'
  | 'expiredRecordsTotal'
  | 'deletedRecordsTotal'
>
