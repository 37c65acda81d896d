import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { runCrashes } from '../../src/crashes/run-crashes.ts'

test.each([
  [null, 'nothing'],
  [1, 'deletes'],
  [100, 'nothing'],
  [null, 'deletes'],
  [10, 'compacts'],
])(
  'nothing that was acknowledged is lost where a process is killed, flushMessages %j, meanwhile %s',
  async (flushMessages, what) => {
    const seed = randomInt(2 ** 32)
    console.log(`seed ${seed}`)
    const { faults, counts } = await runCrashes({
      kills: 8,
      seed,
      flushMessages,
      deletes: what === 'deletes',
      compacts: what === 'compacts',
      dumpEvery: 8,
    })
    expect(faults).toEqual([])
    expect(counts.acknowledged).toBeGreaterThan(0)
    expect(counts.commits).toBeGreaterThan(0)
  },
  120_000,
)
