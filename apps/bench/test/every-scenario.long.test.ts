import { expect, test } from 'vitest'
import { loadScenario } from '../src/runner/load-scenario.ts'
import { BUILT_IN_SCENARIOS } from '../src/scenarios/index.ts'
import { bench } from './bench-rig.ts'

const builtIn = await Promise.all(BUILT_IN_SCENARIOS.map(({ href }) => loadScenario(href)))
const withRecords = builtIn.filter(
  ({ parameters, outside }) => 'records' in parameters && outside === undefined,
)

test.each(withRecords.map(({ name, parameters }) => [name, 'durationMs' in parameters] as const))(
  'the bench runs %s, briefly, and finds every record in its place',
  async (name, hasDuration) => {
    const duration = hasDuration ? ' --duration 300' : ''
    const line = `--scenario ${name} --runs 1 --records 2000${duration}`
    const { scenarios } = await bench(line)
    expect(scenarios.length).toBeGreaterThan(0)
    for (const scenario of scenarios) {
      expect(scenario.name.split(' ')[0]).toBe(name)
      expect(scenario).toMatchObject({ verified: true, parameters: { records: 2000 } })
      expect(scenario.recordsPerSecond!.median).toBeGreaterThan(0)
      expect(scenario.peakRssMebibytes).toBeGreaterThan(1)
    }
  },
  120_000,
)
