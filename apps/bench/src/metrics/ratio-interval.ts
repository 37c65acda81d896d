import { randomOf } from './random.ts'
import { spreadOf } from './spread.ts'

const RESAMPLES = 2_000
/** Of the resamples, at each end. */
const TAIL = 0.025
/** With fewer runs, resamples say nothing. */
const MIN_RUNS = 3
const SEED = 1

/** Where a figure lies, by 95 %: the ratio of two medians, or a median. */
export interface RatioInterval {
  low: number
  high: number
}

/**
 * The interval of `median(own) / median(others)` by the bootstrap: what the ratio comes to when as many
 * runs are drawn from those that there were, again and again. Runs that were made in turn are drawn in
 * pairs, since what the machine did meanwhile happened to both; others each by themselves.
 *
 * The same figures give the same interval. `null`: there are too few runs.
 *
 * Source: Efron & Tibshirani, An Introduction to the Bootstrap, chapter 13 (the percentile interval).
 */
export function ratioIntervalOf(
  own: readonly number[],
  others: readonly number[],
  { areInTurn }: { areInTurn: boolean },
): RatioInterval | null {
  if (Math.min(own.length, others.length) < MIN_RUNS) return null
  const random = randomOf(SEED)
  const drawn = (count: number): number[] =>
    Array.from({ length: count }, () => Math.floor(random() * count))
  const pairs = Math.min(own.length, others.length)
  const ratios = Array.from({ length: RESAMPLES }, () => {
    const indexes = drawn(areInTurn ? pairs : own.length)
    const otherIndexes = areInTurn ? indexes : drawn(others.length)
    return medianAt(own, indexes) / medianAt(others, otherIndexes)
  }).sort((a, b) => a - b)
  const at = (share: number): number => ratios[Math.round(share * (RESAMPLES - 1))]!
  return { low: at(TAIL), high: at(1 - TAIL) }
}

/**
 * Where the median of values lies, by 95 %: by the same bootstrap. `null`: there are too few.
 */
export function medianIntervalOf(values: readonly number[]): RatioInterval | null {
  return ratioIntervalOf(
    values,
    values.map(() => 1),
    { areInTurn: true },
  )
}

function medianAt(values: readonly number[], indexes: readonly number[]): number {
  return spreadOf(indexes.map((index) => values[index]!)).median
}

/** Whether the difference may be nothing but noise. */
export function isWithinNoise({ low, high }: RatioInterval): boolean {
  return low <= 1 && 1 <= high
}
