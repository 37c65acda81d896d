import type { ScenarioReport } from './bench-report.ts'

/**
 * A result as `kafka-producer-perf-test` tells its own, for whoever holds the two side by side, or has a program that
 * reads such lines. A MB is 1,048,576 bytes there too.
 *
 * ```text
 *  10000000 records sent, 13400000.000000 records/sec (1277.92 MB/sec), 0.04 ms avg latency, 3.10 ms max latency, 0.030 ms 50th, …
 * ```
 * Without latencies where the scenario measures none. `null`: it measures no rate of bytes.
 */
export function perfTestLine({
  details,
  recordsPerSecond: rate,
  mebibytesPerSecond: bandwidth,
  latencyMicros: micros,
}: ScenarioReport): string | null {
  const records = details?.[0]?.records
  if (records === undefined || rate === undefined || bandwidth === undefined) return null
  const sent =
    `${records} records sent, ${rate.median.toFixed(6)} records/sec ` +
    `(${bandwidth.median.toFixed(2)} MB/sec)`
  if (micros?.mean === undefined || micros.p95 === undefined) return `${sent}.`
  const { mean, max, p50, p95, p99, p999 } = micros
  return (
    `${sent}, ${ms(mean, 2)} avg latency, ${ms(max, 2)} max latency, ` +
    `${ms(p50)} 50th, ${ms(p95)} 95th, ${ms(p99)} 99th, ${ms(p999)} 99.9th.`
  )
}

/** Kafka's percentiles are whole milliseconds; ours are mostly less than one. */
function ms(micros: number, digits = 3): string {
  return `${(micros / 1000).toFixed(digits)} ms`
}
