import type { Measurement } from '../define-scenario.ts'

/** Two clocks are not read at once; and a thread may go on a little when the clock has stopped. */
const TOLERANCE = 1.1
const TOLERANCE_MS = 1_000

const LATENCIES = ['p50', 'p90', 'p99', 'p999', 'max'] as const

/**
 * Refuses what is no measurement: a scenario of the user's may return anything.
 *
 * @throws Error that names what is wrong.
 */
export function assertMeasurement(measured: unknown): asserts measured is Measurement {
  if (typeof measured !== 'object' || measured === null) {
    throw new Error(`run returned ${String(measured)}; it must return { records, elapsedMs }`)
  }
  const { records, elapsedMs, bytes, cpuMicros, latency, log, figures, ratios, cpuRatios } =
    measured as Partial<Measurement>
  for (const [name, part] of Object.entries({ latency, log, figures, ratios, cpuRatios })) {
    if (part === undefined || (typeof part === 'object' && part !== null)) continue
    throw new Error(`run returned ${name} = ${String(part)}, no object of numbers`)
  }
  const numbers = {
    records,
    elapsedMs,
    ...(bytes === undefined ? {} : { bytes }),
    ...(cpuMicros === undefined ? {} : { cpuMicros }),
    ...(latency === undefined
      ? {}
      : Object.fromEntries(LATENCIES.map((name) => [`latency.${name}`, latency[name]]))),
    ...(log === undefined
      ? {}
      : { 'log.recordsPerBatch': log.recordsPerBatch, 'log.waitsForRoom': log.waitsForRoom }),
    ...figures,
    ...ratios,
    ...cpuRatios,
  }
  const fault = Object.entries(numbers).find(([, value]) => !Number.isFinite(value))
  if (fault !== undefined)
    throw new Error(`run returned ${fault[0]} = ${String(fault[1])}, no number`)
}

/**
 * Holds what a run says against what was seen of it from outside, by clocks of its own.
 *
 * @param wallMs How long all of the run took.
 * @throws Error where the run's clock lies, or its numbers are none.
 */
export function assertPlausible(
  { records, elapsedMs, cpuMicros = 0 }: Measurement,
  wallMs: number,
  cores: number,
): void {
  if (!Number.isSafeInteger(records) || records < 0) {
    throw new Error(`the run says that it measured ${records} records`)
  }
  if (!(elapsedMs > 0 && elapsedMs <= wallMs)) {
    throw new Error(`the run says that it took ${elapsedMs} ms; all of it took ${wallMs} ms`)
  }
  const mostMicros = (cores * elapsedMs * TOLERANCE + TOLERANCE_MS) * 1000
  if (!(cpuMicros >= 0 && cpuMicros <= mostMicros)) {
    throw new Error(
      `the run says that it took ${elapsedMs} ms, and ${cpuMicros / 1000} ms of ${cores} cores' time`,
    )
  }
}
