import { describe, expect, test } from 'vitest'
import { chooseScenarios, type LoadedScenario } from '../src/choose-scenarios.ts'
import { defineScenario, type OutsideRival, type Parameters } from '../src/define-scenario.ts'

const run = () => Promise.reject(new Error('not to be run'))

function scenario(name: string, parameters: Parameters, fixed?: Parameters): LoadedScenario {
  const shape = fixed === undefined ? {} : { fixed }
  return {
    scenario: defineScenario({ name, description: name, parameters, ...shape, roles: {}, run }),
    url: new URL(`file:///scenarios/${name}.js`),
  }
}

const LOADED = [
  scenario('log', { records: 1000, recordSizeBytes: 100, wait: 'park' }, { producers: 1 }),
  scenario('rival', { records: 50, recordSizeBytes: 100 }, { producers: 1, consumers: 1 }),
  scenario('start', { partitions: 8 }),
]

function choose(wanted: string[] | 'default' | 'full', given: Parameters) {
  return chooseScenarios(LOADED, wanted, given).map(({ scenario: chosen, parameters }) => [
    chosen.name,
    parameters,
  ])
}

describe('the chosen scenarios', () => {
  test('are all of them, with their own parameters, when nothing is asked for', () => {
    expect(choose('default', {})).toEqual([
      ['log', { records: 1000, recordSizeBytes: 100, wait: 'park' }],
      ['rival', { records: 50, recordSizeBytes: 100 }],
      ['start', { partitions: 8 }],
    ])
  })

  test('are those of the default suite, unless others are named', () => {
    const extra = scenario('extra', { records: 1 })
    const loaded = [...LOADED, { ...extra, scenario: { ...extra.scenario, isDefault: false } }]
    const names = (wanted: string[] | 'default' | 'full'): string[] =>
      chooseScenarios(loaded, wanted, {}).map((chosen) => chosen.scenario.name)
    expect(names('default')).toEqual(['log', 'rival', 'start'])
    expect(names('full')).toEqual(['log', 'rival', 'start', 'extra'])
    expect(names(['extra', 'log'])).toEqual(['log', 'extra'])
  })

  test('are from outside where such rivals are asked for, or they are named', () => {
    const { scenario: kafka, url } = scenario('rival-kafka', { records: 1 })
    const loaded = [...LOADED, { scenario: { ...kafka, outside: 'kafka' as const }, url }]
    const names = (wanted: string[] | 'default' | 'full', rivals: OutsideRival[]): string[] =>
      chooseScenarios(loaded, wanted, {}, rivals).map((chosen) => chosen.scenario.name)
    expect(names('default', [])).toEqual(['log', 'rival', 'start'])
    expect(names('full', [])).toEqual(['log', 'rival', 'start'])
    expect(names('default', ['disruptor'])).toEqual(['log', 'rival', 'start'])
    expect(names('default', ['kafka'])).toEqual(['log', 'rival', 'start', 'rival-kafka'])
    expect(names(['log'], ['kafka'])).toEqual(['log', 'rival-kafka'])
    expect(names(['rival-kafka'], [])).toEqual(['rival-kafka'])
  })

  test('stay in the order of the suite, so that compared ones alternate in it', () => {
    expect(choose(['start', 'log'], {}).map(([name]) => name)).toEqual(['log', 'start'])
  })

  test('take a flag where they have such a parameter, and are left alone where not', () => {
    expect(choose('default', { records: 7, wait: 'busySpin' })).toEqual([
      ['log', { records: 7, recordSizeBytes: 100, wait: 'busySpin' }],
      ['rival', { records: 7, recordSizeBytes: 100 }],
      ['start', { partitions: 8 }],
    ])
  })

  test('take a flag that says what their shape has anyway', () => {
    expect(choose(['log', 'rival'], { producers: 1 })).toEqual([
      ['log', { records: 1000, recordSizeBytes: 100, wait: 'park' }],
      ['rival', { records: 50, recordSizeBytes: 100 }],
    ])
  })

  test('keep their module', () => {
    expect(chooseScenarios(LOADED, ['rival'], {})[0]!.url.href).toBe('file:///scenarios/rival.js')
  })
})

describe('a choice that cannot be run is refused', () => {
  test('with all the names there are, for one that there is not', () => {
    expect(() => choose(['log', 'kafka', 'redis'], {})).toThrow(
      'there is no scenario kafka, redis; there are log, rival, start',
    )
  })

  test('where a flag contradicts the shape of a chosen scenario', () => {
    expect(() => choose(['log', 'start'], { producers: 3 })).toThrow(
      '--producers 3 contradicts scenario log, whose shape has producers = 1',
    )
    expect(() => choose('default', { consumers: 2 })).toThrow(
      '--consumers 2 contradicts scenario rival, whose shape has consumers = 1',
    )
  })

  test('where a flag means nothing to any chosen scenario', () => {
    expect(() => choose(['rival'], { wait: 'busySpin' })).toThrow(
      '--wait busySpin means nothing to the chosen scenarios',
    )
    expect(() => choose(['start'], { recordSizeBytes: 9 })).toThrow('--record-size 9 means nothing')
  })
})
