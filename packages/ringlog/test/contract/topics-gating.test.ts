import { Consumer, type Producer } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, isSettled, pollValues } from './rig.ts'

/** The smallest ring there is: full after some 60 records of 1,000 bytes. */
const SMALL_RING_BYTES = 64 * 1024
const kibibyte = 'x'.repeat(1000)

/** Sends one record after the other; the last one answers. */
function sendAll(producer: Producer, topic: string, count: number, partition = 0): Promise<object> {
  const sends = Array.from({ length: count }, () =>
    producer.send({ topic, partition, value: kibibyte }),
  )
  return Promise.all(sends)
}

describe.each(TRANSPORTS)('a gating group, of what came by %s', (transport) => {
  const start = (config: object = {}): Promise<Rig> =>
    Rig.start(transport, { ringBytes: SMALL_RING_BYTES, gatingGroups: ['billing'], ...config })

  test('holds from the log start on before it has ever had a member', async () => {
    const rig = await start()
    const sending = sendAll(rig.producer({ batchSizeBytes: 2_000 }), rig.topic, 100)
    expect(await isSettled(sending)).toBe(false)
    expect(await rig.broker.offsets(rig.topic, 'billing')).toMatchObject([
      { logStartOffset: 0, committed: null, committedOffset: -1, position: null },
    ])
    expect(await rig.broker.listGroups()).toEqual(['billing'])
    const consumer = new Consumer(rig.broker, { groupId: 'billing' })
    await consumer.subscribe([rig.topic])
    const [values] = await pollValues(consumer, 100)
    expect(values).toHaveLength(100)
    await sending
  })

  test('holds partitions that are added, too', async () => {
    const rig = await start()
    await rig.broker.createPartitions(rig.topic, 2)
    const sending = sendAll(rig.producer({ batchSizeBytes: 2_000 }), rig.topic, 100, 1)
    expect(await isSettled(sending)).toBe(false)
    const consumer = new Consumer(rig.broker, { groupId: 'billing' })
    await consumer.subscribe([rig.topic])
    expect((await pollValues(consumer, 100))[1]).toHaveLength(100)
    await sending
  })

  test('does not hold back a topic that evicts, nor a topic made later under that name', async () => {
    const rig = await start({ whenFull: 'evict' })
    await sendAll(rig.producer(), rig.topic, 100)
    await rig.broker.deleteTopic(rig.topic)
    expect(await rig.broker.listGroups()).toEqual([])
    await rig.broker.createTopic(rig.topic, { ringBytes: SMALL_RING_BYTES })
    await sendAll(rig.producer(), rig.topic, 100)
  })
})
