import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { runCrashes } from '../../src/crashes/run-crashes.ts'

// Deletions with `flushMessages` by default, and compaction: by the command itself, in .ci/run.
test.each([
  [null, false],
  [1, true],
  [100, false],
])(
  'nothing that was acknowledged is lost where a process is killed, flushMessages %j, deletes %j',
  async (flushMessages, deletes) => {
    const seed = randomInt(2 ** 32)
    console.log(`seed ${seed}`)
    const { faults, counts } = await runCrashes({
      kills: 8,
      seed,
      flushMessages,
      deletes,
      compacts: false,
      dumpEvery: 8,
    })
    expect(faults).toEqual([])
    expect(counts.acknowledged).toBeGreaterThan(0)
    expect(counts.commits).toBeGreaterThan(0)
  },
  120_000,
)
