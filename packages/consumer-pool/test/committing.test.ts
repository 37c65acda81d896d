import { Consumer } from '@ringlog/consumer'
import type { RinglogError } from '@ringlog/core'
import { until } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { FIRST_NOTED_WORD, NOTED } from './handlers/noting.ts'
import { DONE, GROUP, Rig, TOPIC } from './rig.ts'

describe('what is handled is committed', () => {
  test.each([
    ['noting', 'partition'],
    ['noting', 'key'],
    ['noting-busily', 'partition'],
    ['noting-busily', 'key'],
  ] as const)(
    'by close(): all that is finished in a row, and nothing is begun after it (%s, by %s)',
    async (handler, concurrency) => {
      const rig = await Rig.start({ partitions: 2 })
      const data = new SharedArrayBuffer(4 * (FIRST_NOTED_WORD + 2 * NOTED))
      const words = new Int32Array(data)
      const KEYS = 20
      await rig.produce(KEYS, 200)
      const pool = await rig.pool(handler, { data, threads: 1, concurrency })
      await until(() => Atomics.load(words, 1) > 700)
      await pool.close()
      const [begun, ended] = words as unknown as [number, number]
      expect(ended).toBe(begun)
      const offsets = await rig.broker.offsets(TOPIC, GROUP)
      for (const { partition, committed } of offsets) {
        const first = FIRST_NOTED_WORD + partition * NOTED
        expect(committed).toBe(words.subarray(first, first + NOTED).indexOf(0))
      }
      expect(Atomics.load(words, 0)).toBe(begun)
      // Keys take turns, so not much is finished before what lies before it.
      if (handler === 'noting-busily')
        expect(ended - (await rig.committed())).toBeLessThan(2 * KEYS)
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
