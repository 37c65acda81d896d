import { expect, test } from 'vitest'
import { loadScenario } from '../src/runner/load-scenario.ts'
import { BUILT_IN_SCENARIOS } from '../src/scenarios/index.ts'
import { bench } from './bench-rig.ts'

/** What keeps a scenario short. */
const BRIEFLY = { records: 2_000, durationMs: 300 }
const FLAGS = { records: '--records', durationMs: '--duration' }

const builtIn = await Promise.all(BUILT_IN_SCENARIOS.map(({ href }) => loadScenario(href)))
const brief = builtIn.flatMap(({ name, parameters, outside }) => {
  const given = Object.entries(BRIEFLY).filter(([parameter]) => parameter in parameters)
  const isMeasured = given.length > 0 && outside === undefined
  return isMeasured ? [[name, Object.fromEntries(given)] as const] : []
})

test.each(brief)(
  'the bench runs %s, briefly, and finds every record in its place',
  async (name, parameters) => {
    const flags = Object.entries(parameters).map(
      ([parameter, value]) => `${FLAGS[parameter as keyof typeof FLAGS]} ${value}`,
    )
    const { scenarios } = await bench(`--scenario ${name} --runs 1 ${flags.join(' ')}`)
    expect(scenarios.length).toBeGreaterThan(0)
    for (const scenario of scenarios) {
      expect(scenario.name.split(' ')[0]).toBe(name)
      expect(scenario).toMatchObject({ verified: true, parameters })
      expect(scenario.recordsPerSecond!.median).toBeGreaterThan(0)
      expect(scenario.peakRssMebibytes).toBeGreaterThan(1)
    }
  },
  120_000,
)
