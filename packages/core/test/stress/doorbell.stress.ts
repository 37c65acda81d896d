import { Doorbell } from '@ringlog/core'
import { SEED, STRESS_MS } from '@ringlog/test-kit'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import type { RingerData } from './doorbell-ringer.worker.ts'
import { waitForCounts, type CountingWait } from './waiting-for-counts.ts'

interface Storm {
  ringers: number
  waiters: number
  isSync: boolean
  rings: number
  isInTurns: boolean
}

/**
 * Threads ring one doorbell, each ring for a change, while waiters sleep at it again and again. A
 * wake-up that is lost is a waiter that sleeps on although what it waits for has happened:
 *
 * - in a storm, many changes for each wait: whoever is left with parked cleared sleeps for good;
 * - in turns, one change for each wait: nobody else's ring comes to the rescue.
 */
describe.each<Storm>([
  { ringers: 1, waiters: 1, isSync: true, rings: STRESS_MS * 50, isInTurns: false },
  { ringers: 1, waiters: 1, isSync: false, rings: STRESS_MS * 50, isInTurns: false },
  { ringers: 2, waiters: 1, isSync: true, rings: STRESS_MS * 50, isInTurns: false },
  { ringers: 2, waiters: 3, isSync: false, rings: STRESS_MS * 50, isInTurns: false },
  { ringers: 1, waiters: 1, isSync: true, rings: STRESS_MS * 10, isInTurns: true },
  { ringers: 1, waiters: 1, isSync: false, rings: STRESS_MS * 10, isInTurns: true },
])(
  '$ringers ringers, $waiters waiters (blocking: $isSync, in turns: $isInTurns)',
  ({ ringers, waiters, isSync, rings, isInTurns }) => {
    test(`lose no wake-up in ${rings} rings (seed ${SEED})`, async () => {
      const words = new SharedArrayBuffer(12)
      const doorbell = new Doorbell()
      const total = ringers * rings
      const memory = { words, doorbell: doorbell.memory }
      const ringing = await Promise.all(
        Array.from({ length: ringers }, async (_, i) => {
          const data: RingerData = { rings, seed: SEED + i, isInTurns, ...memory }
          const worker = start('./doorbell-ringer.worker.ts', data)
          await once(worker, 'message')
          return worker
        }),
      )
      const waiting = Array.from({ length: waiters }, async (_, i) => {
        const wait: CountingWait = { total, maxStep: isInTurns ? 1 : 4, seed: SEED - i, ...memory }
        if (isSync) return waitInThread(wait)
        return waitForCounts(wait, (condition, deadlineMs) =>
          doorbell.waitAsync(condition, { deadlineMs }),
        )
      })
      const shared = new Int32Array(words)
      Atomics.store(shared, 1, 1)
      Atomics.notify(shared, 1)
      await Promise.all(waiting)
      expect(Atomics.load(shared, 0)).toBe(total)
      await Promise.all(ringing.map(async (worker) => worker.terminate()))
    })
  },
)

function start(file: string, workerData: object): Worker {
  return new Worker(new URL(file, import.meta.url), { workerData })
}

async function waitInThread(wait: CountingWait): Promise<void> {
  const [exitCode] = (await once(start('./doorbell-waiter.worker.ts', wait), 'exit')) as [number]
  expect(exitCode).toBe(0)
}
