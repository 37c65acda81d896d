import { monotonicMs } from '@ringlog/core/internal'
import type { SuspectRecord } from '../wire/crash-reports.ts'

/** So many crashes within so long stop the pool: as a broker with its partition workers. */
const MAX_RESTARTS = 5
const RESTART_WINDOW_MS = 60_000

/** Kept to see whether a record's attempts go up. */
const MAX_EXPLAINED = 100

/**
 * How many crashes are too many. A crash that a record caused alone counts as an attempt at that record and
 * not here; the crashes that it was suspected of before do not count here any more either.
 */
export class CrashLimit {
  #crashes: Crash[] = []
  #explained: CrashedRecord[] = []

  /** Returns whether it is one too many. */
  add(records: readonly CrashedRecord[], isAlone: boolean): boolean {
    const ms = monotonicMs()
    const guilty = isAlone ? records[0]! : null
    this.#crashes = this.#crashes.filter((crash) => {
      const isExplained = guilty !== null && crash.records.some((record) => isSame(record, guilty))
      return ms - crash.ms < RESTART_WINDOW_MS && !isExplained
    })
    if (guilty === null || !this.#explain(guilty)) this.#crashes.push({ ms, records })
    return this.#crashes.length > MAX_RESTARTS
  }

  /** Whether it brings the record nearer to its last attempt. */
  #explain(guilty: CrashedRecord): boolean {
    const isOld = this.#explained.some(
      (record) => isSame(record, guilty) && record.attempt >= guilty.attempt,
    )
    this.#explained = [...this.#explained, guilty].slice(-MAX_EXPLAINED)
    return !isOld
  }
}

/** A record that was in a handler when its thread crashed. */
export interface CrashedRecord extends SuspectRecord {
  /** See `topicTagOf`. */
  readonly topicTag: number
}

interface Crash {
  readonly ms: number
  readonly records: readonly CrashedRecord[]
}

function isSame(a: CrashedRecord, b: CrashedRecord): boolean {
  const isOfSameTopic = a.topic === b.topic && a.topicTag === b.topicTag
  return isOfSameTopic && a.partition === b.partition && a.offset === b.offset
}
