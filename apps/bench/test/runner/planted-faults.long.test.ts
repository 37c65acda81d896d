import { describe, expect, test } from 'vitest'
import { buildReport } from '../../src/report/build-report.ts'
import { runSuite, type ChosenScenario } from '../../src/runner/suite.ts'
import { ENVIRONMENT } from '../report/sample-environment.ts'
import faulty from './faulty.scenario.ts'

function chosen(fault: string, records = 2_000): ChosenScenario {
  return {
    scenario: { ...faulty, name: `faulty wait=${fault}` },
    url: new URL('./faulty.scenario.ts', import.meta.url),
    parameters: { records, wait: fault },
  }
}

describe('the bench catches what is wrong with a run, and tells no figures of it', () => {
  test.each([
    ['loses', 'received 1999 records with sum 1998993, sent 2000 with sum 1999000'],
    ['repeats', 'sequence 7 came after 7'],
    ['reorders', 'sequence 7 came after 8'],
    ['changes', 'value 7 of producer 0 is not what was sent'],
    ['miscounts', 'received 2001 records with sum 1999000, sent 2000'],
    ['clock stands', 'the run says that it took 0 ms; all of it took '],
    ['clock goes back', 'the run says that it took -'],
    ['clock is fast', 'the run says that it took 36'],
    ['clock is slow', "cores' time"],
    ['no number', 'run returned records = NaN, no number'],
  ])('%s', async (fault, message) => {
    const results = await runSuite([chosen(fault)], 1, () => undefined)
    const [report] = buildReport(ENVIRONMENT, results).scenarios
    expect(report).toMatchObject({ verified: false, runs: 0 })
    expect(report!.error).toContain(message)
    expect(report!.recordsPerSecond).toBeUndefined()
  })

  test('and has nothing to say of one without a fault', async () => {
    const results = await runSuite([chosen('none')], 1, () => undefined)
    const [report] = buildReport(ENVIRONMENT, results).scenarios
    expect(report).toMatchObject({ verified: true, runs: 1 })
  })
})

test('a rival that is slowed is told from one that is not, by its processor time', async () => {
  const results = await runSuite([chosen('none'), chosen('slowed')], 3, () => undefined)
  const report = buildReport(ENVIRONMENT, results)
  const pair = 'faulty wait=none / faulty wait=slowed'
  expect(report.cpuRatios[pair]).toBeGreaterThan(1)
  expect(report.cpuRatioIntervals[pair]!.low).toBeGreaterThan(1)
})
