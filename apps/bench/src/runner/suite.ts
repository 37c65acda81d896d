import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Parameters, Scenario } from '../define-scenario.ts'
import { moduleBeside } from './module-beside.ts'
import { answerIn, type RunAnswer, type RunRequest, type RunResult } from './run-messages.ts'

/** A scenario that was chosen, with the parameters to run it with. */
export interface ChosenScenario {
  readonly scenario: Scenario
  readonly url: URL
  readonly parameters: Parameters
}

export interface ScenarioResults {
  readonly chosen: ChosenScenario
  readonly runs: RunResult[]
  /** Of the run that failed; the scenario is not run again. */
  error: string | null
}

export type OnRun = (chosen: ChosenScenario, run: number) => void

/**
 * Runs every scenario `runs` times, in turns: whatever the machine does meanwhile happens to all of
 * them alike. Each run has a process of its own, and warms up in it before its clock starts.
 *
 * @param watchPort Where each run serves a live page of its broker.
 */
export async function runSuite(
  chosen: readonly ChosenScenario[],
  runs: number,
  onRun: OnRun,
  watchPort: number | null = null,
): Promise<ScenarioResults[]> {
  const results = chosen.map((one): ScenarioResults => ({ chosen: one, runs: [], error: null }))
  for (let run = 1; run <= runs; run++) {
    for (const result of results) {
      if (result.error !== null) continue
      onRun(result.chosen, run)
      const answer = await runOnce(result.chosen, watchPort)
      if (answer.error === null) result.runs.push(answer)
      else result.error = answer.error
    }
  }
  return results
}

async function runOnce(
  { url, parameters }: ChosenScenario,
  watchPort: number | null,
): Promise<RunAnswer> {
  const child = fork(moduleBeside('./scenario-process', import.meta.url), { stdio: 'inherit' })
  const request: RunRequest = { scenarioUrl: url.href, parameters, watchPort }
  // One that does not take it has ended, or could not be started: told below.
  child.send(request, () => undefined)
  const exited = once(child, 'exit') as Promise<[number | null]>
  const answers: RunAnswer[] = []
  child.on('message', (message) => {
    const answer = answerIn(message)
    // What a scenario runs may have messages of its own for who started its process.
    if (answer !== null) answers.push(answer)
  })
  try {
    const [exitCode] = await exited
    // What it said last may come after its end.
    if (child.connected) await once(child, 'disconnect')
    return answers[0] ?? { error: `its process ended without an answer: exitCode=${exitCode}` }
  } catch (error) {
    return { error: `its process could not be started: ${(error as Error).message}` }
  }
}
