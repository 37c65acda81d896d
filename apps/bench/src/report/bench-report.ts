import type { Parameters } from '../define-scenario.ts'
import type { LatencyMicros } from '../metrics/latency-histogram.ts'
import type { RatioInterval } from '../metrics/ratio-interval.ts'
import type { Spread } from '../metrics/spread.ts'
import type { RunDetails } from '../runner/run-details.ts'

/** What the bench writes: `latest.json`, and the file of `--json`. */
export interface BenchReport {
  environment: Environment
  scenarios: ScenarioReport[]
  /**
   * "rpc-1p1c / rival-postmessage": records per second of the one over those of the other, medians.
   * "disk-send-await / limit-sync, p50": the median latency of the one over that of the other, where both tell one.
   * And what a scenario divides within its own runs, the median of them.
   */
  ratios: Record<string, number>
  /**
   * The same pairs by the processor time of a record in all threads: that of the other over the own, so
   * that more is better here too. It hardly depends on what else the machine does.
   */
  cpuRatios: Record<string, number>
  /** Where the ratios of scenarios lie by 95 %, by a bootstrap over the pairs of runs; from three runs on. */
  ratioIntervals: Record<string, RatioInterval>
  cpuRatioIntervals: Record<string, RatioInterval>
}

export interface Environment {
  node: string
  cpu: string
  cores: number
  os: string
  ringlog: string
  /** ISO 8601. */
  startedAt: string
}

export interface WarmUpReport {
  records: Spread
  seconds: Spread
  /** In how many of the runs the cost of a record stood; the others were measured as they were. */
  runsThatStood: number
}

export interface ScenarioReport {
  name: string
  parameters: Parameters
  /** Every record was counted, summed and in order, in every run. */
  verified: boolean
  runs: number
  recordsPerSecond?: Spread
  mebibytesPerSecond?: Spread
  /** Of all threads of the process, in the timed part; median. */
  cpuMicrosPerRecord?: number
  cpuMicrosPerRecordSpread?: Spread
  /** Each run by itself, in the order in which they were made. The processor times may be missing. */
  byRun?: { recordsPerSecond: number[]; cpuMicrosPerRecord: number[] }
  /** What explains each of those runs. */
  details?: RunDetails[]
  /** What came before the timed part; where a rate had to stand first. */
  warmUp?: WarmUpReport
  /** The most memory that the process ever had, over all runs. */
  peakRssMebibytes?: number
  /** How times were distributed: of each percentile the median of the runs, of `max` the largest. */
  latencyMicros?: LatencyMicros
  /** What else the scenario measured. */
  figures?: Record<string, Spread>
  /** Why it failed; `verified` is then false. */
  error?: string
}
