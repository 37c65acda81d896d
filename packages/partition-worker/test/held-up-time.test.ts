import { expect, test } from 'vitest'
import { HeldUpTime } from '../src/held-up-time.ts'

test.each([0, -3, 2 ** 31 - 3])(
  'what was there when a hold ended was held up by it (from frame %i)',
  (first) => {
    const at = (frame: number): number => (first + frame) | 0
    const heldUp = new HeldUpTime()
    expect(heldUp.msOf(at(0))).toBe(0)
    heldUp.add(at(3), 100) // frame 0 waited; 1 and 2 had come by then
    expect(heldUp.msOf(at(1))).toBe(100)
    heldUp.add(at(6), 20) // frame 1 waited, too
    expect([2, 3, 4].map((frame) => heldUp.msOf(at(frame)))).toEqual([120, 20, 20])
    expect([5, 6, 7].map((frame) => heldUp.msOf(at(frame)))).toEqual([20, 0, 0])
  },
)
