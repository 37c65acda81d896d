import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { runCrashes } from '../../src/crashes/run-crashes.ts'

test.each([null, 1, 100])(
  'nothing that was acknowledged is lost where a process is killed, flushMessages %j',
  async (flushMessages) => {
    const seed = randomInt(2 ** 32)
    console.log(`seed ${seed}`)
    const { faults, counts } = await runCrashes({ kills: 8, seed, flushMessages })
    expect(faults).toEqual([])
    expect(counts.acknowledged).toBeGreaterThan(0)
    expect(counts.commits).toBeGreaterThan(0)
  },
  120_000,
)
