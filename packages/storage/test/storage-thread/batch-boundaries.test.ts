import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchBoundaries } from '../../src/storage-thread/batch-boundaries.ts'

const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ take: fc.integer({ min: 0, max: 300 }) }) },
  { weight: 1, arbitrary: fc.record({ drop: fc.integer({ min: 0, max: 20 }) }) },
)

test('boundaries are, for every sequence of operations, what an array of them is', () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 200, maxLength: 600 }), (operations) => {
      const boundaries = new BatchBoundaries()
      let expected: Array<{ offset: number; position: number }> = []
      let end = 0
      let taken = 0
      for (const step of operations) {
        if ('push' in step) {
          end += step.push
          boundaries.push(end, end * 100)
          expected.push({ offset: end, position: end * 100 })
        } else if ('take' in step) {
          const upTo = taken + step.take
          const last = expected.findLast(({ offset }) => offset <= upTo)
          expected = expected.filter(({ offset }) => offset > upTo)
          expect(boundaries.takeUpTo(upTo)).toBe(last !== undefined)
          if (last === undefined) continue
          taken = last.offset
          expect(boundaries).toMatchObject({ takenOffset: taken, takenPosition: last.position })
        } else {
          end = Math.max(taken, end - step.drop)
          boundaries.dropAfter(end)
          expected = expected.filter(({ offset }) => offset <= end)
        }
      }
    }),
  )
})
