import { Consumer } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, pollRecords } from './rig.ts'

const ringBytes = 64 * 1024
const kibibyte = 'x'.repeat(1000)

describe.each(TRANSPORTS)('a consumer that is overtaken, by %s', (transport) => {
  test.each([
    ['alone, on a topic that evicts', {}, 'evict'],
    ['as an observer', { gating: false }, 'block'],
    ['for its group, on a topic that evicts', { groupId: 'billing' }, 'evict'],
  ] as const)('is told how many records it missed: %s', async (_, config, whenFull) => {
    const rig = await Rig.start(transport, { ringBytes, whenFull })
    const told: unknown[] = []
    const onRecordsMissed = (...args: unknown[]): void => void told.push(args)
    const consumer = await rig.consumer({ ...config, onRecordsMissed })
    const producer = rig.producer({ batchSizeBytes: 1_000 })
    const send = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await producer.send({ topic: rig.topic, value: kibibyte })
    }
    await send(5)
    await pollRecords(consumer, 5)
    await send(200)
    const start = (await consumer.beginningOffsets([rig.at(0)]))[0]!.offset
    const [first] = await pollRecords(consumer, 1)
    expect(first!.offset).toBe(start)
    expect(told).toEqual([[rig.at(0), start - 5]])
    expect(consumer.metrics().recordsMissed).toBe(start - 5)
  })

  test('is told what its group missed while nobody was there, and what was deleted', async () => {
    const rig = await Rig.start(transport, { ringBytes })
    const told: unknown[] = []
    const onRecordsMissed = (...args: unknown[]): void => void told.push(args)
    const groupId = 'billing'
    const first = new Consumer(rig.broker, { groupId })
    await first.subscribe([rig.topic])
    const producer = rig.producer()
    for (let i = 0; i < 10; i++) await producer.send({ topic: rig.topic, value: String(i) })
    await pollRecords(first, 10)
    await first.close()
    await rig.broker.resetGroupOffsets(groupId, { offset: 4 })
    await rig.broker.deleteRecords(rig.at(0), 7)
    const second = new Consumer(rig.broker, { groupId, onRecordsMissed })
    await second.subscribe([rig.topic])
    expect((await pollRecords(second, 3)).map(({ offset }) => offset)).toEqual([7, 8, 9])
    expect(told).toEqual([[rig.at(0), 3]])
    await second.close()
  })
})
