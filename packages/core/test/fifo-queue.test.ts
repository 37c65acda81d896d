import { FifoQueue } from '@ringlog/core/internal'
import fc from 'fast-check'
import { expect, test } from 'vitest'

interface Item {
  readonly offset: number
}

function itemAt(offset: number): Item {
  return { offset }
}

test('gives what was put in, first come first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3000 }), (steps) => {
      const queue = new FifoQueue<Item>()
      const model: number[] = []
      let next = 0
      for (const step of steps) {
        if (step === 0) {
          expect(queue.shiftAll().map(({ offset }) => offset)).toEqual(model.splice(0))
        } else if (step < 5) {
          queue.push(itemAt(next))
          model.push(next++)
        } else {
          expect(queue.shift()?.offset).toBe(model.shift())
        }
        expect(queue.length).toBe(model.length)
        expect(queue.head?.offset).toBe(model[0])
      }
    }),
  )
})

test('keeps nothing that was taken out, though it is never empty', () => {
  const queue = new FifoQueue<Item>()
  for (let i = 0; i < 500; i++) queue.push(itemAt(i))
  const taken: Array<WeakRef<Item>> = []
  for (let i = 0; i < 200; i++) taken.push(new WeakRef(queue.shift()!))
  gc!()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 2_000_000; i++) {
    queue.push(queue.shift()!)
  }
  gc!()
  // An entry of an array takes 4 or 8 bytes.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000)
  expect(queue.length).toBe(300)
})
