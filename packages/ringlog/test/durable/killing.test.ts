import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { at, startDurable, temporaryDirectory, valuesOf } from './rig.ts'

const PROGRAM = fileURLToPath(new URL('./killed-broker.program.ts', import.meta.url))

/** The last offset that was acknowledged, or committed, in each partition. */
interface Promised {
  sent: number[]
  committed: number[]
}

/** Runs a broker in a process of its own, and kills that once so many records are acknowledged. */
async function killAfter(directory: string, records: number): Promise<Promised> {
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.on('exit', resolve))
  const promised: Promised = { sent: [-1, -1], committed: [0, 0] }
  let count = 0
  for await (const line of createInterface(child.stdout)) {
    const [what, partition, offset] = line.split(' ')
    promised[what as keyof Promised][Number(partition)] = Number(offset)
    if (what === 'sent' && ++count === records) child.kill('SIGKILL')
  }
  await exited
  expect(count).toBeGreaterThanOrEqual(records)
  return promised
}

describe('a process that is killed', () => {
  test('has lost no record that was acknowledged, and no commit', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory()
    for (const records of [50, 400, 1_000]) {
      const { sent, committed } = await killAfter(directory, records)
      const broker = await startDurable(directory, { onError: () => undefined })
      const offsets = await broker.offsets('orders', 'billing')
      for (const partition of [0, 1]) {
        const { endOffset, committed: kept } = offsets[partition]!
        expect(endOffset).toBeGreaterThan(sent[partition]!)
        expect(kept ?? 0).toBeGreaterThanOrEqual(committed[partition]!)
        expect(kept ?? 0).toBeLessThanOrEqual(endOffset)
        const values = await valuesOf(broker, at('orders', partition))
        expect(values).toHaveLength(endOffset)
      }
      await broker.close()
    }
  })
})
