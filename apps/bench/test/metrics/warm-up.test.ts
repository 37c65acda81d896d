import { describe, expect, test } from 'vitest'
import { WarmUp, lapOf } from '../../src/metrics/warm-up.ts'

const LAP_RECORDS = 1_000

/** Feeds laps of that cost until the warm-up is over. */
function warmUpBy(costOf: (lap: number) => number, elapsedMs = 2): WarmUp['summary'] {
  const warmUp = new WarmUp(LAP_RECORDS)
  for (let lap = 0; !warmUp.isOver; lap++) warmUp.add({ cpuMicros: costOf(lap), elapsedMs })
  return warmUp.summary
}

/** From −1 to 1, the same for each seed. */
function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** What a pipeline costs while V8 compiles it: six times as much at first, as it was measured. */
function compiling(lap: number, warmAfter: number): number {
  return 100 + 500 * Math.exp((-6 * lap) / warmAfter)
}

describe('a warm-up is over', () => {
  test('as soon as two times the records of the timed part cost the same', () => {
    expect(warmUpBy(() => 100)).toEqual({
      laps: 20,
      records: 20_000,
      elapsedMs: 40,
      hasStood: true,
    })
  })

  test('not before the cost has stopped falling', () => {
    for (const warmAfter of [10, 20, 30]) {
      const { laps, hasStood } = warmUpBy((lap) => compiling(lap, warmAfter))
      expect(hasStood).toBe(true)
      expect(compiling(laps, warmAfter)).toBeLessThan(101.5)
    }
  })

  test('not before the cost has stopped rising', () => {
    expect(warmUpBy((lap) => Math.min(100 + 10 * lap, 300)).laps).toBe(35)
  })

  test('not by a step down while it looks as if it stood', () => {
    // Half of the last ten laps are cheap when the first twenty are over; then half of those before them.
    const { laps } = warmUpBy((lap) => (lap < 15 ? 200 : 100))
    expect(laps).toBe(31)
  })

  test('whatever single laps cost that a collection of garbage falls into', () => {
    expect(warmUpBy((lap) => (lap % 5 === 4 ? 250 : 100)).laps).toBe(20)
  })

  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'in noise of a tenth, when the cost is near what it comes to: seed %i',
    (seed) => {
      const random = noise(seed)
      const { laps } = warmUpBy((lap) => compiling(lap, 20) * (1 + 0.1 * random()))
      expect(compiling(laps, 20)).toBeLessThan(105)
    },
  )

  test('without having stood, where the cost falls on and on: at six times the timed records', () => {
    expect(warmUpBy((lap) => 1_000 * 0.98 ** lap)).toMatchObject({ laps: 60, hasStood: false })
  })

  test('by the processor time alone: the rate may jump', () => {
    const random = noise(1)
    const warmUp = new WarmUp(LAP_RECORDS)
    while (!warmUp.isOver) warmUp.add({ cpuMicros: 100, elapsedMs: 5 + 4 * random() })
    expect(warmUp.summary).toMatchObject({ laps: 20, hasStood: true })
  })

  test('also where the laps are too short to have a cost', () => {
    expect(warmUpBy(() => 0)).toMatchObject({ laps: 20, hasStood: true })
  })
})

test('ten laps are as many records as the timed part, or a few more', () => {
  expect([1, 9, 10, 11, 10_000_000].map(lapOf)).toEqual([1, 1, 1, 2, 1_000_000])
})
