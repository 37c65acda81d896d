import { RinglogError, partitionName, type TopicPartition } from '@ringlog/core/internal'
import { tagOf, type AttemptLedger } from '../wire/attempt-ledger.ts'
import { CrashLimit, type CrashedRecord } from './crash-limit.ts'
import {
  CrashReports,
  encodeCrash,
  type SuspectRecord,
  type WireCrash,
} from '../wire/crash-reports.ts'

/** An error names at most so many records. */
const MAX_NAMED = 3

/**
 * Reads from the ledger which records a thread was handling when it crashed.
 *
 * Thread: the pool's.
 */
export class ThreadCrashes {
  readonly #ledger: AttemptLedger
  /** By thread: what it was given last, by tag. */
  readonly #partitions = new Map<number, Map<number, TopicPartition>>()
  readonly #limit = new CrashLimit()
  readonly #reports = new CrashReports()
  /**
   * By thread: the slots that were reported; they stay in the ledger until other threads have its
   * partitions.
   */
  readonly #told = new Map<number, Set<string>>()

  constructor(ledger: AttemptLedger) {
    this.#ledger = ledger
  }

  /** To be given to a new thread. */
  get reports(): readonly WireCrash[] {
    return this.#reports.all.map(encodeCrash)
  }

  /** @param partitions All that the thread has now. */
  assigned(threadIndex: number, partitions: readonly TopicPartition[]): void {
    this.#partitions.set(threadIndex, new Map(partitions.map((p) => [tagOf(p), p])))
  }

  /** @param canBeReplaced Not one that has never been ready: the next would not be, either. */
  add(threadIndex: number, cause: unknown, canBeReplaced: boolean): Crash {
    const { crashed, isAlone } = this.#crashedIn(threadIndex)
    const isTooMany = this.#limit.add(crashed, isAlone)
    const records = crashed.map(({ topic, partition, offset, attempt }): SuspectRecord => {
      return { topic, partition, offset, attempt }
    })
    const isFatal = isTooMany || !canBeReplaced
    const error = crashError(threadIndex, cause, records, isFatal)
    const report = { records, error }
    this.#reports.add(report)
    return { error, isFatal, report: encodeCrash(report) }
  }

  #crashedIn(threadIndex: number): { crashed: CrashedRecord[]; isAlone: boolean } {
    const crashed: CrashedRecord[] = []
    const partitions = this.#partitions.get(threadIndex)
    const told = this.#told.get(threadIndex)
    const toldNow = new Set<string>()
    let isAlone = false
    for (const held of this.#ledger.heldBy(threadIndex)) {
      const at = partitions?.get(held.tag)
      const key = JSON.stringify(held)
      toldNow.add(key)
      if (!held.isRunning || at === undefined || told?.has(key) === true) continue
      for (let { offset } = held; offset < held.endOffset; offset++) {
        crashed.push({ ...at, topicTag: held.topicTag, offset, attempt: held.attempts })
      }
      isAlone = held.isAlone
    }
    this.#told.set(threadIndex, toldNow)
    return { crashed, isAlone: isAlone && crashed.length === 1 }
  }
}

/** A thread that has crashed, and whether the pool goes on. */
export interface Crash {
  readonly error: RinglogError
  /** Whether the pool stops. */
  readonly isFatal: boolean
  /** For the other threads. */
  readonly report: WireCrash
}

function crashError(
  threadIndex: number,
  cause: unknown,
  records: readonly SuspectRecord[],
  isFatal: boolean,
): RinglogError {
  const names = records
    .slice(0, MAX_NAMED)
    .map(
      ({ topic, partition, offset, attempt }) =>
        `partition=${partitionName(topic, partition)}, offset=${offset}, attempt=${attempt}`,
    )
  const more = records.length > MAX_NAMED ? ` and ${records.length - MAX_NAMED} more` : ''
  const during = names.length === 0 ? '' : ` while it handled ${names.join('; ')}${more}`
  const only = records.length === 1 ? records[0] : {}
  return new RinglogError(
    'WORKER_CRASHED',
    `thread ${threadIndex} of the consumer pool ended unexpectedly${during}: ${String(cause)}`,
    { cause, details: { threadIndex, isFatal, records, ...only } },
  )
}
