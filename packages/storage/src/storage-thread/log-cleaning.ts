import type { Clock, ClockTimer, TopicPartition } from '@ringlog/core/internal/storage'
import type { CleaningFault } from '../cleaner/cleaner-messages.ts'
import type { CleaningResult } from '../cleaner/cleaning-job.ts'
import type { CleanableLog } from './cleanable-log.ts'
import type { Cleaner } from './cleaner-host.ts'
import type { PartitionCompaction } from './partition-compaction.ts'
import { isPassingError } from './passing-errors.ts'

/** Kafka's `log.cleaner.backoff.ms`: so long it waits where nothing was due, or the disk was full. */
const BACKOFF_MS = 15_000
/** Kafka's `log.cleaner.dedupe.buffer.size`, 128 MiB, of 24 bytes a key, of which nine of ten slots are used. */
const MAX_KEYS = Math.floor(((128 * 1024 * 1024) / 24) * 0.9)

/**
 * Has the logs of compacted topics compacted, one at a time, the dirtiest first; puts what the cleaner makes in the
 * place of what it was made from.
 *
 * ```text
 *   idle ──a log is due──▶ the cleaner reads, and writes .cleaned files ──▶ idle
 *                            └─ for each segment: swapped here
 * ```
 *
 * A partition that is closed, deleted, or has lost a segment meanwhile ends its round; nothing is left of it. One that
 * cannot be compacted is left alone until it is opened again.
 *
 * Thread: the storage thread's.
 *
 * Source: Apache Kafka, `storage/internals/log/LogCleaner.java`, `LogCleanerManager.java`.
 */
export class LogCleaning {
  readonly #options: LogCleaningOptions
  #round: Round | null = null
  #timer: ClockTimer | null = null
  #isOver = false

  constructor(options: LogCleaningOptions) {
    this.#options = options
  }

  /** A log may be due: a segment of it was sealed and synced, or it was opened. */
  lookAgain(): void {
    if (this.#round !== null || this.#isOver) return
    this.#clearTimer()
    const dirtiest = this.#findDirtiest()
    if (dirtiest !== null) this.#clean(dirtiest.log, dirtiest.cleanable)
    else if (this.#options.logs().length > 0) this.#lookLater()
  }

  /** Resolves when nothing is done to a log's files any more: its round, if there is one, has ended. */
  async stop(log: PartitionCompaction | null): Promise<void> {
    const round = this.#round
    if (round === null || round.log !== log) return
    this.#abandon(round)
    await round.ended
  }

  /** No round begins any more; resolves when the last has ended. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#clearTimer()
    if (this.#round !== null) await this.stop(this.#round.log)
  }

  #abandon(round: Round): void {
    round.isAbandoned = true
    this.#options.cleaner.abandon()
  }

  #findDirtiest(): { log: PartitionCompaction; cleanable: CleanableLog } | null {
    let dirtiest: { log: PartitionCompaction; cleanable: CleanableLog } | null = null
    for (const log of this.#options.logs()) {
      const cleanable = log.findCleanable()
      if (cleanable === null || !cleanable.isDue) continue
      const isDirtier = cleanable.dirtyRatio > (dirtiest?.cleanable.dirtyRatio ?? -1)
      if (isDirtier) dirtiest = { log, cleanable }
    }
    return dirtiest
  }

  #clean(log: PartitionCompaction, cleanable: CleanableLog): void {
    const { cleaner, clock, maxKeys = MAX_KEYS } = this.#options
    const startedAtMs = clock.nowMs()
    const round: Round = { log, isAbandoned: false, ended: Promise.resolve() }
    this.#round = round
    round.ended = cleaner
      .clean(log.jobFor(cleanable, maxKeys), (segment) => {
        if (!round.isAbandoned && !log.replaceSegments(segment)) this.#abandon(round)
      })
      .then((end) => {
        this.#round = null
        if ('result' in end && !round.isAbandoned) {
          return this.#onEnd(log, end.result, clock.nowMs() - startedAtMs)
        }
        this.#dropLeftovers(log)
        if ('fault' in end && !round.isAbandoned) return this.#onFault(log, end.fault)
        this.lookAgain()
      })
  }

  #onEnd(log: PartitionCompaction, result: CleaningResult, durationMs: number): void {
    try {
      log.noteRound(result, durationMs)
    } catch {
      return this.#lookLater() // it will be compacted once more
    }
    this.lookAgain()
  }

  #onFault(log: PartitionCompaction, fault: CleaningFault): void {
    if (isPassingError(fault.systemCode)) return this.#lookLater()
    log.noteUncleanable()
    this.#options.onUncleanable(log.at, fault)
    this.lookAgain()
  }

  #dropLeftovers(log: PartitionCompaction): void {
    try {
      log.dropLeftovers()
    } catch {
      // The next round writes over them, and the next start drops them.
    }
  }

  #lookLater(): void {
    if (this.#isOver || this.#timer !== null) return
    this.#timer = this.#options.clock.setTimer(() => {
      this.#timer = null
      this.lookAgain()
    }, BACKOFF_MS)
    this.#timer.unref()
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#options.clock.clearTimer(this.#timer)
    this.#timer = null
  }
}

/** What compaction is made with. */
export interface LogCleaningOptions {
  readonly cleaner: Cleaner
  readonly clock: Clock
  /** Those that are compacted, and open. */
  readonly logs: () => readonly PartitionCompaction[]
  /** Called once for each log that is left alone from now on. */
  readonly onUncleanable: (at: TopicPartition, fault: CleaningFault) => void
  /** How many keys one round looks at. Default: as many as fit into 128 MiB. */
  readonly maxKeys?: number | undefined
}

/** What the cleaner is at. */
interface Round {
  readonly log: PartitionCompaction
  /** It is not wanted any more: what it makes is dropped. */
  isAbandoned: boolean
  /** Resolves when the cleaner has ended it, and nothing is left that it has not finished. */
  ended: Promise<void>
}
