import { expect, test } from 'vitest'
import { PARAMETER_FLAG_OF } from '../src/command-line.ts'
import type { ParameterName, Parameters } from '../src/define-scenario.ts'
import { loadScenario } from '../src/runner/load-scenario.ts'
import { BUILT_IN_SCENARIOS } from '../src/scenarios/index.ts'
import { bench } from './bench-rig.ts'

/** What keeps a scenario short. */
const BRIEFLY = { records: 2_000, durationMs: 300 }

const builtIn = await Promise.all(BUILT_IN_SCENARIOS.map(({ href }) => loadScenario(href)))
const brief = builtIn.flatMap(({ name, parameters, sweep = {}, outside }) => {
  const given = Object.entries(BRIEFLY).filter(([parameter]) => parameter in parameters)
  if (given.length === 0 || outside !== undefined) return []
  // Of what a scenario goes through, the last: its other runs are the same code.
  const last = Object.entries(sweep).map(([parameter, values]) => [parameter, values.at(-1)!])
  const parametersOfRun: Parameters = Object.fromEntries([...given, ...last])
  return [[name, parametersOfRun] as const]
})

test.each(brief)(
  'the bench runs %s, briefly, and finds every record in its place',
  async (name, parameters) => {
    const flags = Object.entries(parameters).map(
      ([parameter, value]) => `${PARAMETER_FLAG_OF[parameter as ParameterName]} ${value}`,
    )
    const { scenarios } = await bench(`--scenario ${name} --runs 1 ${flags.join(' ')}`)
    expect(scenarios).toMatchObject([{ name, verified: true, parameters }])
    expect(scenarios[0]!.recordsPerSecond!.median).toBeGreaterThan(0)
    expect(scenarios[0]!.peakRssMebibytes).toBeGreaterThan(1)
  },
  120_000,
)
