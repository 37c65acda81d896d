import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OffsetTracker } from '../src/handling/offset-tracker.ts'

test('what is to be committed leaves out no record that is not finished, in whatever order they finish', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat()), { maxLength: 3000 }),
      (steps) => {
        const tracker = new OffsetTracker()
        const unfinished: number[] = []
        let next = 0
        for (const [kind, pick] of steps) {
          if (kind === 1 || unfinished.length === 0) {
            next += kind // gaps, as after a batch that was not kept
            tracker.add(next)
            unfinished.push(next)
            continue
          }
          const [offset] = unfinished.splice(pick % unfinished.length, 1)
          tracker.finish(offset!)
          const lowest = unfinished[0] ?? Infinity
          const { committable } = tracker
          if (committable !== null) {
            expect(committable).toBeLessThanOrEqual(lowest)
            tracker.committed(committable)
          }
          expect(tracker.pending).toBe(unfinished.length)
        }
        for (const offset of unfinished) tracker.finish(offset)
        if (unfinished.length > 0) expect(tracker.committable).toBe(next + 1)
      },
    ),
  )
})
