import type { Clock, PartitionStorage } from '@ringlog/core/internal/storage'
import type { SegmentedLog } from '../segment/segmented-log.ts'
import { FlushPolicy, type FlushConfig, type FlushTotals } from './flush-policy.ts'
import type { SyncQueue } from './sync-queue.ts'

/**
 * Lets a log be synced when that is due: one sync at a time, of all that is written by then. What is written meanwhile
 * is the next one's: so under load records are synced in groups.
 *
 * A sync thread does it, so that this one can write meanwhile. Where that has nothing else to do and a sync is quick,
 * it syncs itself: two wake-ups take as long as what else there is to an acknowledgement.
 *
 * Thread: the storage thread's.
 */
export class LogSyncs {
  readonly #options: LogSyncsOptions
  readonly #policy: FlushPolicy
  #isRunning = false
  readonly #waitingForEnd: Array<() => void> = []

  /** @param options The log is synced up to its end. */
  constructor(options: LogSyncsOptions) {
    const { config, clock, log, storage } = options
    this.#options = options
    this.#policy = new FlushPolicy(config, clock, log.endOffset)
    storage.setFlushed(log.endOffset) // INV-115
  }

  /** All before it would survive the loss of power. */
  get flushedOffset(): number {
    return this.#policy.flushedOffset
  }

  /** How far records may be acknowledged once they are written, as far as syncing goes (D-1). */
  get acknowledgeableOffset(): number {
    return this.#policy.acknowledgeableOffset
  }

  get totals(): FlushTotals {
    return this.#policy.totals
  }

  noteWritten(endOffset: number, fileBytes: number): void {
    this.#policy.noteWritten(endOffset, fileBytes)
  }

  /** All of the log is synced, up to this offset, by a sync of another. */
  noteFlushed(offset: number): void {
    this.#options.storage.setFlushed(offset) // INV-115
    this.#policy.noteFlushed(offset)
  }

  isDue(nowMs: number): boolean {
    return !this.#isRunning && this.#policy.isDue(nowMs)
  }

  /** When a sync is due by time; `Infinity`: none is. */
  get dueAtMs(): number {
    return this.#isRunning ? Infinity : this.#policy.dueAtMs
  }

  /** @param isAlone Whether this thread has nothing else to do, as far as it knows. */
  beginIfDue(isAlone: boolean): void {
    if (this.#isRunning) return
    const { log, clock, syncs, onSealed, onEnd } = this.#options
    const sealed = log.takeSealed()
    if (sealed.length > 0) onSealed()
    if (sealed.length === 0 && !this.#policy.isDue(clock.nowMs())) return
    // INV-115: what the sync will be worth is what is written before it begins.
    const offset = log.endOffset
    const staysHere = isAlone && sealed.length === 0 && this.#policy.isQuick
    this.#policy.noteSyncBegins()
    if (staysHere) return onEnd(this.#syncHere(), offset)
    this.#isRunning = true
    const descriptors = [
      ...sealed.flatMap((segment) => segment.descriptors),
      log.activeSegment.descriptor,
    ]
    syncs.sync(descriptors, (error) => {
      this.#isRunning = false
      for (const segment of sealed) segment.close()
      onEnd(error, offset)
      if (!this.#isRunning) for (const resolve of this.#waitingForEnd.splice(0)) resolve()
    })
  }

  #syncHere(): Error | null {
    const { folder, activeSegment } = this.#options.log
    try {
      folder.fileSystem.sync(activeSegment.descriptor)
      return null
    } catch (error) {
      return error as Error
    }
  }

  /** Resolves when no sync runs. */
  stop(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve()
    return new Promise((resolve) => this.#waitingForEnd.push(resolve))
  }
}

export interface LogSyncsOptions {
  readonly log: SegmentedLog
  readonly storage: PartitionStorage
  readonly config: FlushConfig
  readonly clock: Clock
  readonly syncs: SyncQueue
  /** Segments were sealed since the sync before. */
  readonly onSealed: () => void
  /**
   * A sync has ended: no other runs.
   *
   * @param error `null`, or what went wrong: never repeated (D-8).
   * @param offset Up to which all is synced, where nothing did: `noteFlushed` is to be called.
   */
  readonly onEnd: (error: Error | null, offset: number) => void
}
