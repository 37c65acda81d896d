import { RinglogError, partitionName, type TopicPartition } from '@ringlog/core/internal'
import { tagOf, type AttemptLedger } from './attempt-ledger.ts'
import { CrashLimit } from './crash-limit.ts'
import { CrashReports, encodeCrash, type SuspectRecord, type WireCrash } from './crash-reports.ts'

/** More records than that are not told by name. */
const MAX_NAMED = 3

/** A thread that has crashed, and what is to come of it. */
export interface Crash {
  readonly error: RinglogError
  /** Whether the pool stops. */
  readonly isFatal: boolean
  /** To be told to the other threads. */
  readonly report: WireCrash
}

/**
 * What is known of threads that crashed: which records they had in their hands, by the ledger.
 *
 * Thread: the pool's.
 */
export class ThreadCrashes {
  readonly #ledger: AttemptLedger
  readonly #partitions = new Map<number, TopicPartition>()
  readonly #limit = new CrashLimit()
  readonly #reports = new CrashReports()
  /** What was told of a crash; it stays in the ledger until a thread has been given the partition. */
  #told = new Set<string>()

  constructor(ledger: AttemptLedger) {
    this.#ledger = ledger
  }

  /** To be given to a new thread. */
  get reports(): readonly WireCrash[] {
    return this.#reports.all.map(encodeCrash)
  }

  /** A thread was given these. */
  assigned(partitions: readonly TopicPartition[]): void {
    for (const p of partitions) this.#partitions.set(tagOf(p), p)
  }

  /** @param canBeReplaced Not one that has never been ready: the next would not be, either. */
  add(threadIndex: number, cause: unknown, canBeReplaced: boolean): Crash {
    const { records, isAlone } = this.#recordsOf(threadIndex)
    const isTooMany = this.#limit.add(records, isAlone)
    const isFatal = isTooMany || !canBeReplaced
    const error = crashError(threadIndex, cause, records, isFatal)
    const report = { records, error }
    this.#reports.add(report)
    return { error, isFatal, report: encodeCrash(report) }
  }

  #recordsOf(threadIndex: number): { records: SuspectRecord[]; isAlone: boolean } {
    const records: SuspectRecord[] = []
    let isAlone = false
    for (const held of this.#ledger.heldBy(threadIndex)) {
      const at = this.#partitions.get(held.tag)
      const key = JSON.stringify(held)
      if (!held.isRunning || at === undefined || this.#told.has(key)) continue
      this.#told.add(key)
      for (let { offset } = held; offset < held.endOffset; offset++) {
        records.push({ ...at, offset, attempt: held.attempts })
      }
      isAlone = held.isAlone
    }
    return { records, isAlone: isAlone && records.length === 1 }
  }
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
