import { didYouMean, nearestNames } from '@ringlog/core/internal'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const POLL = ['timeoutMs', 'signal']
const PRODUCER = ['batchSizeBytes', 'lingerMs', 'maxInFlight', 'bufferMemoryBytes', 'maxBlockMs']

describe('the name that was meant', () => {
  test.each([
    ['timeout', POLL, ['timeoutMs']],
    ['timeoutMS', POLL, ['timeoutMs']],
    ['tiemoutMs', POLL, ['timeoutMs']],
    ['sginal', POLL, ['signal']],
    ['linger.ms', PRODUCER, ['lingerMs']],
    ['buffer.memory', PRODUCER, ['bufferMemoryBytes']],
    ['batchSize', PRODUCER, ['batchSizeBytes']],
    ['Key', ['topic', 'key', 'value'], ['key']],
    ['header', ['key', 'headers'], ['headers']],
    ['oders', ['payments', 'orders', 'orders-dlq'], ['orders']],
  ])('%s', (given, names, meant) => {
    expect(nearestNames(given, names)).toEqual(meant)
  })

  test('is not made up where none is near', () => {
    expect(nearestNames('fromBeginning', POLL)).toEqual([])
    expect(nearestNames('', POLL)).toEqual([])
    expect(didYouMean('fromBeginning', POLL)).toBe('')
  })

  test('is one of at most three, the nearest first', () => {
    const names = ['orders-eu-1', 'invoices', 'orders-1', 'orders', 'orders-eu']
    expect(nearestNames('order', names)).toEqual(['orders', 'orders-1', 'orders-eu'])
    expect(didYouMean('ordesr', ['orders', 'payments'])).toBe('did you mean orders?')
  })

  test('is found after any single typo', () => {
    const names = ['timeoutMs', 'signal', 'partition', 'headers', 'autoOffsetReset']
    const typo = fc.record({
      name: fc.constantFrom(...names),
      at: fc.nat(),
      character: fc.constantFrom(...'abcxyz'),
      kind: fc.constantFrom('add', 'drop', 'replace', 'swap'),
    })
    fc.assert(
      fc.property(typo, ({ name, at, character, kind }) => {
        const i = at % (name.length - 1)
        const rest = { add: i, drop: i + 1, replace: i + 1, swap: i + 2 }[kind]
        const instead = {
          add: character,
          drop: '',
          replace: character,
          swap: name[i + 1]! + name[i],
        }
        expect(nearestNames(name.slice(0, i) + instead[kind] + name.slice(rest), names)[0]).toBe(
          name,
        )
      }),
    )
  })
})
