/** What Kafka's `ProducerPerformance` prints at its end. */
export interface ProducerPerformance {
  readonly records: number
  readonly recordsPerSecond: number
}

/**
 * Reads its last line that sums up; with `--warmup-records` that is what came after them.
 *
 * ```text
 *  5000000 records sent, 543210.1 records/sec (51.80 MB/sec), 2.34 ms avg latency, 250.00 ms max latency, 1 ms 50th, …
 * ```
 *
 * @throws Error with what it printed, where no line sums up.
 */
export function parseProducerPerformance(printed: string): ProducerPerformance {
  const sums = /^(\d+) (?:steady state )?records sent, ([\d.]+) records\/sec .* 50th,/gm
  const last = [...printed.matchAll(sums)].at(-1)
  if (last === undefined) {
    throw new Error(`Kafka's ProducerPerformance printed no result: ${printed.trim()}`)
  }
  return { records: Number(last[1]), recordsPerSecond: Number(last[2]) }
}
