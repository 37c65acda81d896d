import { Worker } from 'node:worker_threads'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import {
  differenceOf,
  readOwnThreadTimes,
  readThreadTimes,
  threadTimesSince,
} from '../../src/metrics/thread-times.ts'

const times = (name: string, cpuMicros: number, waitedMicros = 0) => ({
  name,
  cpuMicros,
  waitedMicros,
})

test('threads of one name are one, a thread that came later counts from its start', () => {
  const before = new Map([
    ['1', times('main', 100, 10)],
    ['2', times('helper', 50)],
    ['4', times('gone', 1)],
  ])
  const now = new Map([
    ['1', times('main', 130, 15)],
    ['2', times('helper', 90)],
    ['3', times('helper', 7, 1)],
  ])
  expect(threadTimesSince(before, now)).toEqual([times('helper', 47, 1), times('main', 30, 5)])
})

test.runIf(process.platform === 'linux')(
  'Linux tells what each thread had, by its name',
  async () => {
    const before = readOwnThreadTimes()!
    const worker = new Worker('for (;;);', { eval: true, name: 'busy-0' })
    await once(worker, 'online')
    const start = readThreadTimes()
    await expect
      .poll(() => threadTimesSince(start, readThreadTimes()).find(({ name }) => name === 'busy-0'))
      .toMatchObject({ cpuMicros: expect.closeTo(50_000, -5) })
    await worker.terminate()
    const own = differenceOf(readOwnThreadTimes()!, before)
    expect(own.cpuMicros).toBeGreaterThan(0)
    expect(own.waitedMicros).toBeGreaterThanOrEqual(0)
  },
)
