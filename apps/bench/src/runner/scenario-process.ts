/** One run of one scenario, in a process of its own: told what to run, it answers with what it measured. */
import { cpus } from 'node:os'
import { inspect } from 'node:util'
import { assertMeasurement, assertPlausible } from './assert-plausible.ts'
import { loadScenario } from './load-scenario.ts'
import type { AnswerMessage, RunAnswer, RunRequest } from './run-messages.ts'
import { ThreadStage } from './stage.ts'
import { watchBroker } from './watch-broker.ts'

/** Whoever is done with a run may have forgotten to close what it has started. */
const LEFT_BEHIND_MS = 2_000

// Who asked has ended: nobody is left to answer, and a scenario that hangs would stay for ever.
const onOrphaned = (): never => process.exit(1)
process.once('disconnect', onOrphaned)

process.once('message', (request: RunRequest) => {
  process.channel?.unref() // A run that waits for nothing ends without an answer.
  void run(request).then((answer) =>
    process.send!({ ringlogBenchAnswer: answer } satisfies AnswerMessage, () => {
      process.off('disconnect', onOrphaned)
      // A run that failed may have left a broker behind, whose threads would keep the process alive.
      if (answer.error !== null) process.exit(1)
      process.disconnect!()
      setTimeout(() => {
        console.error(
          `${request.scenarioUrl} has left something running, such as a broker: close it`,
        )
        process.exit(0)
      }, LEFT_BEHIND_MS).unref()
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
    return { error: error instanceof Error ? (error.stack ?? error.message) : inspect(error) }
  } finally {
    over.abort()
    await stage.clear()
  }
}
