import { describe, expect, test } from 'vitest'
import type { Sample } from '../src/sample.ts'
import { judge } from '../src/verdict.ts'

const steady: Omit<Sample, 'second'> = {
  rssBytes: 400 * 2 ** 20,
  heapBytes: 10,
  externalBytes: 10,
  handles: 20,
  threads: 30,
  fileDescriptors: 40,
  clients: 6,
  connections: 20,
  gates: 6,
  diskBytes: 30 * 2 ** 20,
  compactions: 0,
  lag: 100,
  acknowledged: 4_000,
  consumed: 4_000,
  failed: 0,
  restarts: 0,
}

/** Thirty minutes, of which `at` changes what it likes. */
function run(at: (second: number) => Partial<Sample>, seconds = 1_800): string[] {
  const samples = Array.from({ length: seconds }, (_, i) => ({
    ...steady,
    second: i + 1,
    ...at(i + 1),
  }))
  return judge(samples)
    .filter(({ isKept }) => !isKept)
    .map(({ what }) => what)
}

/** What so many MiB a minute come to. */
function grownBytes(second: number, mebibytesPerMinute: number): number {
  return steady.rssBytes + (mebibytesPerMinute * second * 2 ** 20) / 60
}

/** Heaps come and go. */
function noiseBytes(second: number): number {
  return (((second * 7_919) % 31) - 15) * 2 ** 20
}

describe('a run', () => {
  test.each([1_800, 600, 60, 12])(
    'of %i seconds that stays as it is keeps every promise',
    (seconds) => {
      expect(run(() => ({}), seconds)).toEqual([])
    },
  )

  test('may grow until minute 15, and by 5 % from then on', () => {
    expect(
      run((second) => ({ rssBytes: steady.rssBytes * (1 + Math.min(second, 900) / 900) })),
    ).toEqual([])
    const moreAtTheEnd = (share: number): string[] =>
      run((second) => ({ rssBytes: steady.rssBytes * (second > 1_700 ? 1 + share : 1) }))
    expect(moreAtTheEnd(0.045)).toEqual([])
    expect(moreAtTheEnd(0.055)).toEqual(['RSS within 5 % of second 900'])
  })

  test.each([
    [0, 1_800, []],
    [0.5, 1_800, []],
    [1.3, 1_800, ['RSS grows by at most 1.0 MiB a minute']],
    [3, 1_800, ['RSS within 5 % of second 900', 'RSS grows by at most 1.0 MiB a minute']],
    [3, 1_260, ['RSS grows by at most 1.0 MiB a minute']],
  ])('that grows by %f MiB a minute, over %i seconds, is told: %j', (leak, seconds, broken) => {
    const rssBytes = (second: number): number => grownBytes(second, leak) + noiseBytes(second)
    expect(run((second) => ({ rssBytes: rssBytes(second) }), seconds)).toEqual(broken)
  })

  test('that grows is told although little is in use at its end', () => {
    expect(run((second) => ({ rssBytes: grownBytes(second > 1_700 ? 0 : second, 2) }))).toEqual([
      'RSS grows by at most 1.0 MiB a minute',
    ])
  })

  test('may lack a thread while it is replaced, and have no more at the end', () => {
    expect(run((second) => (second % 10 < 3 ? { threads: 29, clients: 5 } : {}))).toEqual([])
    expect(run((second) => (second > 900 ? { handles: 21, gates: 7 } : {}))).toEqual([
      'handles equal',
      'gates equal',
    ])
  })

  test('may not open more and more files, nor write ever larger ones', () => {
    expect(run((second) => ({ fileDescriptors: 40 + Math.min(second, 1_000) / 200 }))).toEqual([])
    expect(run((second) => ({ fileDescriptors: 40 + second / 100 }))).toEqual([
      'file descriptors at most 8 more',
    ])
    expect(run((second) => ({ diskBytes: steady.diskBytes * (1 + second / 3_000) }))).toEqual([
      'files within 20 %',
    ])
  })

  test('whose groups fall behind, or whose records do not flow, is told', () => {
    expect(run((second) => ({ lag: second * 100 }))).toEqual(['lag bounded'])
    expect(run((second) => (second > 1_000 ? { consumed: 0 } : {}))).toEqual(['records flow'])
  })

  test('that ended at once cannot be judged', () => {
    expect(run(() => ({}), 0)).toEqual(['long enough to judge'])
  })
})
