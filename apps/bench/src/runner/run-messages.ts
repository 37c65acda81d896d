/** What who runs a suite, and the process of one run, say to each other. */
import type { Measurement, Parameters } from '../define-scenario.ts'
import type { WarmUpSummary } from '../metrics/warm-up.ts'
import type { RunDetails } from './run-details.ts'

export interface RunRequest {
  readonly scenarioUrl: string
  readonly parameters: Parameters
  /** Where a live page of the run's broker is served; `null`: nowhere. */
  readonly watchPort: number | null
}

/** What one run gave. */
export interface RunResult {
  readonly measurement: Measurement
  /** `null`: no rate had to stand. */
  readonly warmUp: WarmUpSummary | null
  /** `null`: nothing was timed. */
  readonly details: RunDetails | null
  /** The most memory that the run's process ever had. */
  readonly peakRssBytes: number
}

export type RunAnswer = (RunResult & { error: null }) | { error: string }

/** As it is sent. */
export interface AnswerMessage {
  readonly ringlogBenchAnswer: RunAnswer
}

/** The answer in a message; `null`: it is somebody else's. */
export function answerIn(message: unknown): RunAnswer | null {
  if (typeof message !== 'object' || message === null) return null
  return (message as Partial<AnswerMessage>).ringlogBenchAnswer ?? null
}
