import { Consumer } from '@ringlog/consumer'
import { describe, expect, test } from 'vitest'
import { DONE, Rig, TOPIC } from './rig.ts'

describe('the context of a handler', () => {
  test('refuses in words what would break the pool, and nothing else', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const pool = await rig.pool('context-using', { threads: 1 })
    const call = (value: string): Promise<unknown> => pool.run({ topic: TOPIC, value })
    const refused =
      'poll pollSync subscribe unsubscribe assign commit commitSync seek seekToBeginning seekToEnd pause ' +
      'resume wakeup toReadable cursor close iterator dispose'
    for (const name of refused.split(' ')) {
      expect(await call(`consumer.${name}`), name).toBe('INVALID_STATE')
    }
    for (const name of ['client.close', 'client.dispose', 'producer.close', 'producer.dispose']) {
      expect(await call(name), name).toBe('INVALID_STATE')
    }
    expect(await call('consumer.assignment')).toEqual([{ topic: TOPIC, partition: 0 }])
    expect(await call('consumer.paused')).toEqual([])
    expect(await call('consumer.metrics')).toMatchObject({ assignedPartitions: 1 })
    expect(await call('client.listTopics')).toEqual([DONE, TOPIC])
    expect(await call('producer.flush')).toBe(undefined)
    expect(await call('own.consumer')).toEqual([{ topic: DONE, partition: 0 }])
    await pool.drain()
    await pool.close()
  })
})

describe('a handler whose records nobody reads yet', () => {
  test.each(['produce', 'write'])('is held up, and loses no attempt: %s', async (data) => {
    const rig = await Rig.start({ partitions: 1 })
    await rig.broker.deleteTopic(DONE)
    await rig.broker.createTopic(DONE, { ringBytes: 65_536 })
    const consumer = new Consumer(rig.broker, { maxPollRecords: Infinity })
    await consumer.assign([{ topic: DONE, partition: 0 }])
    const pool = await rig.pool('producing', { data, threads: 1, maxAttempts: 1 })
    const COUNT = 500
    for (let i = 0; i < COUNT; i++) rig.producer.write({ topic: TOPIC, value: String(i) })
    await rig.producer.flush()
    const drained = pool.drain()
    const isDrained = drained.then(() => true)
    expect(await Promise.race([isDrained, new Promise((r) => setTimeout(r, 500, false))])).toBe(
      false,
    )
    const [thread] = (await pool.metrics()).threads
    expect(thread!.handledRecords).toBeLessThan(COUNT)
    const seen: string[] = []
    while (seen.length < COUNT * 100) {
      for (const { value } of await consumer.poll()) seen.push(String(value).slice(0, -1_001))
    }
    await drained
    expect(seen).toEqual(
      Array.from({ length: COUNT * 100 }, (_, i) => `${Math.floor(i / 100)}:${i % 100}`),
    )
    expect((await pool.metrics()).threads[0]!.failedAttempts).toBe(0)
  })
})
