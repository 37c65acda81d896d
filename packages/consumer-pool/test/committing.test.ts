import { Consumer } from '@ringlog/consumer'
import type { RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { FIRST_NOTED_WORD, NOTED } from './handlers/noting.ts'
import { DONE, GROUP, Rig, TOPIC, until } from './rig.ts'

describe('what is handled is committed', () => {
  test.each(['partition', 'key'] as const)(
    'by close(): all that is finished in a row, and nothing is begun after it (by %s)',
    async (concurrency) => {
      const rig = await Rig.start({ partitions: 2 })
      const data = new SharedArrayBuffer(4 * (FIRST_NOTED_WORD + 2 * NOTED))
      const words = new Int32Array(data)
      await rig.produce(20, 200)
      for (let round = 0; round < 3; round++) {
        const pool = await rig.pool('noting', { data, threads: 1, concurrency })
        const before = Atomics.load(words, 1)
        await until(() => Atomics.load(words, 1) > before + 100)
        await pool.close()
        const begun = Atomics.load(words, 0)
        expect(Atomics.load(words, 1)).toBe(begun)
        const offsets = await rig.broker.offsets(TOPIC, GROUP)
        for (const { partition, committed } of offsets) {
          const first = FIRST_NOTED_WORD + partition * NOTED
          const inARow = words.subarray(first, first + NOTED).indexOf(0)
          // A round handles again what was finished out of row before: so more may be in a row than it saw.
          if (round === 0) expect(committed ?? 0).toBe(inARow)
          else expect(committed ?? 0).toBeLessThanOrEqual(inARow)
        }
        expect(Atomics.load(words, 0)).toBe(begun)
      }
    },
  )

  test('though partitions go while the commit waits for what handlers wrote', async () => {
    const rig = await Rig.start({ partitions: 4 })
    await rig.broker.deleteTopic(DONE)
    await rig.broker.createTopic(DONE, { ringBytes: 65_536 })
    const consumer = new Consumer(rig.broker, { maxPollRecords: Infinity })
    await consumer.assign([{ topic: DONE, partition: 0 }])
    const errors: RinglogError[] = []
    const onError = (error: RinglogError): void => void errors.push(error)
    const config = { data: 'write' as const, onError }
    const first = await rig.pool('producing', { ...config, threads: 1 })
    await rig.produce(8, 4)
    await until(async () => (await first.metrics()).threads[0]!.handledRecords > 0)
    const second = await rig.pool('producing', { ...config, threads: 1 })
    // The first gives up partitions while its commits wait.
    const reading = (async () => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      for (let seen = 0; seen < 8 * 4 * 100;) seen += (await consumer.poll()).count
    })()
    await second.drain()
    await reading
    expect(errors).toEqual([])
    expect(await rig.committed()).toBe(32)
  })
})
