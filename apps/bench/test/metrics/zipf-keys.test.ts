import { expect, test } from 'vitest'
import { ZipfKeys } from '../../src/metrics/zipf-keys.ts'

const DRAWS = 100_000

test('the second key is drawn half as often as the first, the tenth a tenth as often', () => {
  const { draws } = new ZipfKeys(1_000, DRAWS)
  const counts = Array.from({ length: 1_000 }, () => 0)
  for (const key of draws) counts[key]!++
  expect(counts[1]! / counts[0]!).toBeCloseTo(1 / 2, 1)
  expect(counts[9]! / counts[0]!).toBeCloseTo(1 / 10, 1)
  expect(Math.max(...draws)).toBeLessThan(1_000)
})

test('every thread draws the same, and reads from its bytes which key it is', () => {
  const { keys, draws } = new ZipfKeys(100, 1_000)
  expect(new ZipfKeys(100, 1_000).draws).toEqual(draws)
  for (const [key, text] of keys.entries()) {
    const bytes = Buffer.from(`..${text}..`)
    expect(ZipfKeys.keyAt(bytes, 2, text.length)).toBe(key)
  }
})

test('each draw goes to one partition, that of its key', () => {
  const zipf = new ZipfKeys(100, 1_000)
  expect(zipf.countsOf(1)).toEqual([1_000])
  const counts = zipf.countsOf(3)
  expect(counts.reduce((a, b) => a + b)).toBe(1_000)
  const partitionOf = zipf.partitionsOf(3)
  expect(counts[1]).toBe([...zipf.draws].filter((key) => partitionOf[key] === 1).length)
})
