/** One run of one scenario, in a process of its own: told what to run, it answers with what it measured. */
import { cpus } from 'node:os'
import type { Measurement, Parameters } from '../define-scenario.ts'
import type { WarmUpSummary } from '../metrics/warm-up.ts'
import { assertMeasurement, assertPlausible } from './assert-plausible.ts'
import { loadScenario } from './load-scenario.ts'
import type { RunDetails } from './run-details.ts'
import { ThreadStage } from './stage.ts'
import { watchBroker } from './watch-broker.ts'

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

// Who asked has ended: nobody is left to answer, and a scenario that hangs would stay for ever.
const onOrphaned = (): never => process.exit(1)
process.once('disconnect', onOrphaned)

process.once('message', (request: RunRequest) => {
  process.channel?.unref() // A run that waits for nothing ends without an answer.
  void run(request).then((answer) =>
    process.send!(answer, () => {
      process.off('disconnect', onOrphaned)
      // A run that failed may have left a broker behind, whose threads would keep the process alive.
      if (answer.error === null) process.disconnect!()
      else process.exit(1)
    }),
  )
})

async function run({ scenarioUrl, parameters, watchPort }: RunRequest): Promise<RunAnswer> {
  const over = new AbortController()
  if (watchPort !== null) void watchBroker(watchPort, over.signal)
  const stage = new ThreadStage(scenarioUrl, parameters)
  try {
    const scenario = await loadScenario(scenarioUrl)
    const startedAtMs = performance.now()
    const measurement: unknown = await scenario.run(stage)
    assertMeasurement(measurement)
    assertPlausible(measurement, performance.now() - startedAtMs, cpus().length)
    return {
      measurement,
      warmUp: stage.warmUpSummary,
      details: stage.detailsOf(measurement),
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      error: null,
    }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  } finally {
    over.abort()
    await stage.clear()
  }
}
