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

/** What becomes of a record once it is begun: after how many others it is finished; 0: at one stretch. */
const delay = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 }), fc.constant(1_000))

test('some that are delayed hold back what is committed, and keep nothing of those that pass them', () => {
  fc.assert(
    fc.property(fc.array(delay, { minLength: 1, maxLength: 2000 }), (delays) => {
      const tracker = new OffsetTracker()
      const due = new Map<number, number[]>()
      const unfinished = new Set<number>()
      const finishDue = (at: number): void => {
        for (const offset of due.get(at) ?? []) {
          unfinished.delete(offset)
          tracker.finish(offset)
        }
      }
      for (const [offset, after] of delays.entries()) {
        finishDue(offset)
        if (after === 0) tracker.pass(offset)
        else {
          tracker.add(offset)
          unfinished.add(offset)
          due.set(offset + after, [...(due.get(offset + after) ?? []), offset])
        }
        const next = Math.min(...unfinished, offset + 1)
        expect(tracker.committable ?? next).toBe(next)
        expect(tracker.pending).toBe(unfinished.size)
        if (offset % 3 === 0) tracker.committed(next)
      }
      for (let at = delays.length; at < delays.length + 1_001; at++) finishDue(at)
      tracker.committed(0)
      expect(tracker.committable).toBe(delays.length)
    }),
  )
})
