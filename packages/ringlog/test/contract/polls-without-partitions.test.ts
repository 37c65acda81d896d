import { Consumer } from 'ringlog'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, isSettled } from './rig.ts'

describe.each(TRANSPORTS)('a poll that waits for what comes by %s', (transport) => {
  test.each(['assign([])', 'unsubscribe()', 'unsubscribe() of a member'])(
    'is INVALID_STATE when %s takes away what it waits for, as it is to the next',
    async (how) => {
      const rig = await Rig.start(transport)
      const waits = [
        (consumer: Consumer) => consumer.poll(),
        (consumer: Consumer) => consumer.poll({ timeoutMs: 60_000 }),
        (consumer: Consumer) => consumer[Symbol.asyncIterator]().next(),
        (consumer: Consumer) => once(consumer.toReadable().resume(), 'end'),
      ]
      for (const wait of waits) {
        const consumer = new Consumer(rig.broker, { groupId: 'billing' })
        if (how === 'unsubscribe() of a member') await consumer.subscribe([rig.topic])
        else await consumer.assign([rig.at(0)])
        const waiting = wait(consumer)
        expect(await isSettled(waiting)).toBe(false)
        await (how === 'assign([])' ? consumer.assign([]) : consumer.unsubscribe())
        await expect(waiting).rejects.toMatchObject({ code: 'INVALID_STATE' })
        await expect(consumer.poll()).rejects.toMatchObject({ code: 'INVALID_STATE' })
        await consumer.close()
      }
    },
  )

  test('goes on waiting where other partitions take the place of what it waited for', async () => {
    const rig = await Rig.start(transport, { partitions: 2 })
    const changes = [
      (consumer: Consumer) => consumer.assign([rig.at(1)]),
      (consumer: Consumer) => Promise.all([consumer.assign([]), consumer.assign([rig.at(1)])]),
      (consumer: Consumer) => Promise.all([consumer.unsubscribe(), consumer.assign([rig.at(1)])]),
    ]
    for (const [round, change] of changes.entries()) {
      const consumer = new Consumer(rig.broker, { autoOffsetReset: 'latest' })
      await consumer.assign([rig.at(0)])
      const waiting = consumer.poll()
      await change(consumer)
      expect(await isSettled(waiting)).toBe(false)
      await rig.producer().send({ topic: rig.topic, partition: 1, value: `${round}` })
      const [record] = await waiting
      expect(String(record!.value)).toBe(`${round}`)
      await consumer.close()
    }
    const member = new Consumer(rig.broker, { groupId: 'billing', autoOffsetReset: 'latest' })
    await member.subscribe([rig.topic])
    const waiting = member.poll()
    await Promise.all([member.unsubscribe(), member.subscribe([rig.topic])])
    expect(await isSettled(waiting)).toBe(false)
    await rig.producer().send({ topic: rig.topic, value: 'again' })
    expect((await waiting).count).toBe(1)
    await member.close()
  })
})
