import { expect, test } from 'vitest'
import { chooseScenarios, type LoadedScenario } from '../src/choose-scenarios.ts'
import { defineScenario, type Parameters } from '../src/define-scenario.ts'
import { chooseByMatrix, type MatrixAxis } from '../src/matrix.ts'

const run = () => Promise.reject(new Error('not to be run'))

function scenario(name: string, parameters: Parameters, comparedWith: string[]): LoadedScenario {
  const shape = { description: name, parameters, comparedWith, roles: {}, run }
  return { scenario: defineScenario({ name, ...shape }), url: new URL(`file:///${name}.js`) }
}

const LOADED = [
  scenario('log', { wait: 'park', recordSizeBytes: 100 }, ['limit', 'rival', 'absent']),
  scenario('limit', { wait: 'park' }, []),
  scenario('rival', {}, []),
]

const WAIT: MatrixAxis = { label: 'wait', name: 'wait', values: ['park', 'busySpin'] }
const SIZE: MatrixAxis = { label: 'record-size', name: 'recordSizeBytes', values: [20, 400] }

function choose(...axes: MatrixAxis[]) {
  return chooseByMatrix(axes, (cell) => chooseScenarios(LOADED, 'default', cell))
}

test('each scenario is there for each combination of the parameters that it has', () => {
  const chosen = choose(WAIT, SIZE).map((one) => [one.scenario.name, one.parameters])
  expect(chosen).toEqual([
    ['log wait=park record-size=20', { wait: 'park', recordSizeBytes: 20 }],
    ['limit wait=park', { wait: 'park' }],
    ['rival', {}],
    ['log wait=park record-size=400', { wait: 'park', recordSizeBytes: 400 }],
    ['log wait=busySpin record-size=20', { wait: 'busySpin', recordSizeBytes: 20 }],
    ['limit wait=busySpin', { wait: 'busySpin' }],
    ['log wait=busySpin record-size=400', { wait: 'busySpin', recordSizeBytes: 400 }],
  ])
})

test('each is compared with those of the same values', () => {
  const compared = choose(WAIT).map((one) => [one.scenario.name, one.scenario.comparedWith])
  expect(compared).toContainEqual(['log wait=busySpin', ['limit wait=busySpin', 'rival', 'absent']])
})

test('without a matrix the scenarios are as they were', () => {
  expect(choose()).toEqual(chooseScenarios(LOADED, 'default', {}))
})

test('a value that no scenario takes is refused', () => {
  const partitions: MatrixAxis = { label: 'partitions', name: 'partitions', values: [2] }
  expect(() => choose(partitions)).toThrow('--partitions 2 means nothing to the chosen scenarios')
})
