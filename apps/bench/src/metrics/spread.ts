/** How a figure differs from run to run. */
export interface Spread {
  min: number
  median: number
  max: number
}

/** @param values At least one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { min: sorted[0]!, median: medianOf(sorted), max: sorted.at(-1)! }
}

/** @param sorted Ascending, at least one. */
function medianOf(sorted: readonly number[]): number {
  const upper = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return sorted[upper]!
  return (sorted[upper - 1]! + sorted[upper]!) / 2
}
