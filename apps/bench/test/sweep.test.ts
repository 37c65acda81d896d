import { expect, test } from 'vitest'
import { defineScenario, type Parameters, type Sweep } from '../src/define-scenario.ts'
import { withSweeps } from '../src/sweep.ts'
import type { ChosenScenario } from '../src/runner/suite.ts'

const run = () => Promise.reject(new Error('not to be run'))

function chosen(name: string, parameters: Parameters, sweep?: Sweep): ChosenScenario {
  const shape = { name, description: name, parameters, roles: {}, run }
  return {
    scenario: defineScenario(sweep === undefined ? shape : { ...shape, sweep }),
    url: new URL(`file:///${name}.js`),
    parameters,
  }
}

const PLAIN = chosen('plain', { wait: 'park' })
const SWEPT = chosen(
  'swept',
  { records: 10, wait: 'park', partitions: 1 },
  { partitions: [1, 4], wait: ['park', 'busySpin'] },
)

function swept(given: Parameters) {
  return withSweeps([SWEPT, PLAIN], given).map((one) => [one.scenario.name, one.parameters])
}

test('a scenario is run with each combination of what it goes through', () => {
  expect(swept({})).toEqual([
    ['swept partitions=1 wait=park', { records: 10, wait: 'park', partitions: 1 }],
    ['swept partitions=1 wait=busySpin', { records: 10, wait: 'busySpin', partitions: 1 }],
    ['swept partitions=4 wait=park', { records: 10, wait: 'park', partitions: 4 }],
    ['swept partitions=4 wait=busySpin', { records: 10, wait: 'busySpin', partitions: 4 }],
    ['plain', { wait: 'park' }],
  ])
})

test('what the command line sets is not gone through', () => {
  expect(swept({ partitions: 2 }).map(([name]) => name)).toEqual([
    'swept wait=park',
    'swept wait=busySpin',
    'plain',
  ])
  expect(swept({ partitions: 2, wait: 'park' }).map(([name]) => name)).toEqual(['swept', 'plain'])
})
