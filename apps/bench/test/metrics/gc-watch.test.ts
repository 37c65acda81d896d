import v8 from 'node:v8'
import vm from 'node:vm'
import { expect, test } from 'vitest'
import { GcWatch, allPauses } from '../../src/metrics/gc-watch.ts'

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc') as () => void

test('pauses are counted from the last restart on', async () => {
  const watch = new GcWatch()
  collect()
  collect()
  await expect.poll(() => watch.pauses.count).toBeGreaterThanOrEqual(2)
  watch.restart()
  const before = watch.pauses.count
  collect()
  await expect.poll(() => watch.pauses.count).toBeGreaterThan(before)
  const { count, totalMs, longestMs } = watch.pauses
  expect(totalMs).toBeGreaterThan(0)
  expect(longestMs).toBeLessThanOrEqual(totalMs)
  expect(longestMs * count).toBeGreaterThanOrEqual(totalMs)
})

test('those of several threads are added, and the longest is the longest', () => {
  const pauses = [
    { count: 2, totalMs: 5, longestMs: 4 },
    { count: 1, totalMs: 6, longestMs: 6 },
  ]
  expect(allPauses(pauses)).toEqual({ count: 3, totalMs: 11, longestMs: 6 })
  expect(allPauses([])).toEqual({ count: 0, totalMs: 0, longestMs: 0 })
})
