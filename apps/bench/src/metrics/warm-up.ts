import { spreadOf } from './spread.ts'

/** So many laps have as many records as the timed part. */
const LAPS_AS_TIMED = 10

/** The cost of a record has stood where the last laps and those before them differ by no more. */
const STANDS_WITHIN = 0.03

/** Six times the records of the timed part: a run that is not warm then is measured as it is, and said to be. */
const MAX_LAPS = 60

/** What one lap took: the wall's time, and the processor's in all threads. */
export interface Lap {
  readonly elapsedMs: number
  readonly cpuMicros: number
}

/** What a warm-up was like. */
export interface WarmUpSummary {
  readonly laps: number
  readonly records: number
  readonly elapsedMs: number
  /** Whether the cost of a record stood at its end; otherwise it was given up. */
  readonly hasStood: boolean
}

/** How many records of a thread make a lap, where so many are timed. */
export function lapOf(timedRecords: number): number {
  return Math.ceil(timedRecords / LAPS_AS_TIMED)
}

/**
 * Finds out by the laps run so far whether a run is warm: whether its rate has stood.
 *
 * ```text
 *  laps   1 … n−20 │ n−19 … n−10 │ n−9 … n
 *                    └─ median ─┘  └ median ┘   differ by at most 3 %: warm after lap n
 * ```
 * Ten laps have as many records as are timed, so a warm run went through as many, and through as many
 * again, at the same cost. V8 compiles the code of a fast pipeline anew for some 30 million records;
 * until then the cost falls, by half and more.
 *
 * What has to stand is the processor time of a record, in all threads, and not records per second:
 * on a machine that others use too the rate falls to a fifth from lap to lap while the processor time
 * rises by a third, so the rate of a warm run would never stand, and that of a cold one by chance.
 * Medians, because a lap with a collection of garbage in it is nothing unusual.
 */
export class WarmUp {
  readonly lapRecords: number
  readonly #laps: Lap[] = []

  /** @param lapRecords Of all threads together. */
  constructor(lapRecords: number) {
    this.lapRecords = lapRecords
  }

  add(lap: Lap): void {
    this.#laps.push(lap)
  }

  get laps(): readonly Lap[] {
    return this.#laps
  }

  get isOver(): boolean {
    return this.#laps.length >= MAX_LAPS || this.hasStood
  }

  get hasStood(): boolean {
    if (this.#laps.length < 2 * LAPS_AS_TIMED) return false
    const last = medianCost(this.#laps.slice(-LAPS_AS_TIMED))
    const before = medianCost(this.#laps.slice(-2 * LAPS_AS_TIMED, -LAPS_AS_TIMED))
    return Math.abs(last - before) <= STANDS_WITHIN * before
  }

  get summary(): WarmUpSummary {
    return {
      laps: this.#laps.length,
      records: this.#laps.length * this.lapRecords,
      elapsedMs: this.#laps.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0),
      hasStood: this.hasStood,
    }
  }
}

function medianCost(laps: readonly Lap[]): number {
  return spreadOf(laps.map(({ cpuMicros }) => cpuMicros)).median
}
