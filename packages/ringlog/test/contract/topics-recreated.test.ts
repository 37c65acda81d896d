import { Consumer, type ConsumerConfig } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, canCommitSync, canPollSync, pollRecords, pollValues } from './rig.ts'

const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
const kibibyte = 'x'.repeat(1000)
/** The smallest ring there is: full after some 60 records of 1,000 bytes. */
const ringBytes = 64 * 1024

const configs: Array<[name: string, config: ConsumerConfig]> = [
  ['without a group', {}],
  ['with a group', { groupId: 'billing' }],
  ['that observes', { gating: false }],
]

describe.each(TRANSPORTS)('a topic that was deleted and created again, with %s', (transport) => {
  describe.each(configs)('for a consumer %s', (_, config) => {
    /** A consumer of three old records, of which it has polled one, and the topic made anew. */
    async function recreated(created = true): Promise<{ rig: Rig; consumer: Consumer }> {
      const rig = await Rig.start(transport, { ringBytes })
      const producer = rig.producer()
      for (const value of ['old 0', 'old 1', 'old 2'])
        await producer.send({ topic: rig.topic, value })
      const consumer = await rig.consumer({ maxPollRecords: 1, ...config })
      await pollRecords(consumer, 1)
      await rig.broker.deleteTopic(rig.topic)
      if (created) await rig.broker.createTopic(rig.topic, { ringBytes })
      return { rig, consumer }
    }

    test('hands out nothing of the old one, however often it is asked', async () => {
      const { rig, consumer } = await recreated()
      for (let poll = 0; poll < 3; poll++) {
        await expect(consumer.poll({ timeoutMs: 0 })).rejects.toMatchObject(unknown)
      }
      if (canPollSync(transport)) {
        expect(() => consumer.pollSync({ timeoutMs: 0 })).toThrow(expect.objectContaining(unknown))
      }
      await consumer.seekToBeginning()
      await expect(consumer.poll({ timeoutMs: 0 })).rejects.toMatchObject(unknown)
      consumer.seek(rig.at(0), 0)
      await expect(consumer.poll({ timeoutMs: 0 })).rejects.toMatchObject(unknown)
      await expect(consumer[Symbol.asyncIterator]().next()).rejects.toMatchObject(unknown)
      expect(() => consumer.lag(rig.at(0))).toThrow(expect.objectContaining(unknown))
    })

    test('answers where the new one begins and ends', async () => {
      const { rig, consumer } = await recreated()
      const at = [rig.at(0)]
      expect(await consumer.endOffsets(at)).toEqual([{ ...rig.at(0), offset: 0 }])
      await rig.producer().send({ topic: rig.topic, value: 'new', timestamp: 7 })
      expect(await consumer.endOffsets(at)).toEqual([{ ...rig.at(0), offset: 1 }])
      expect(await consumer.beginningOffsets(at)).toEqual([{ ...rig.at(0), offset: 0 }])
      expect(await consumer.offsetsForTimes([{ ...rig.at(0), timestamp: 0 }])).toEqual([
        { ...rig.at(0), offset: 0 },
      ])
    })

    test('is read when it is assigned again', async () => {
      const { rig, consumer } = await recreated()
      await consumer.assign([rig.at(0)])
      expect(consumer.position(rig.at(0))).toBe(0)
      await rig.producer().send({ topic: rig.topic, value: 'new' })
      expect(await pollValues(consumer, 1)).toEqual([['new']])
      expect(consumer.assignment()).toEqual([rig.at(0)])
    })

    test('holds the new one back once it is assigned again', async () => {
      const { rig, consumer } = await recreated()
      await consumer.assign([rig.at(0)])
      const producer = rig.producer({ batchSizeBytes: 1_000, maxBlockMs: 50 })
      await producer.send({ topic: rig.topic, value: 'new' })
      expect(await pollValues(consumer, 1)).toEqual([['new']])
      // What is not held finds room at once, however slow the machine is.
      const sends = Array.from({ length: 100 }, () =>
        producer.send({ topic: rig.topic, value: kibibyte }),
      )
      const refused = (await Promise.allSettled(sends)).filter(
        ({ status }) => status === 'rejected',
      )
      expect(refused.length > 0).toBe(config.gating !== false)
      for (const { reason } of refused as PromiseRejectedResult[]) {
        expect(reason).toMatchObject({ code: 'BUFFER_FULL' })
      }
      if (config.gating !== false) await pollRecords(consumer, 100 - refused.length)
      expect(consumer.assignment()).toEqual([rig.at(0)])
    })

    test('is not there to be assigned as long as it is not created', async () => {
      const { rig, consumer } = await recreated(false)
      await expect(consumer.assign([rig.at(0)])).rejects.toMatchObject(unknown)
      await expect(consumer.endOffsets([rig.at(0)])).rejects.toMatchObject(unknown)
      expect(consumer.assignment()).toEqual([rig.at(0)])
      await expect(consumer.poll({ timeoutMs: 0 })).rejects.toMatchObject(unknown)
      await rig.broker.createTopic(rig.topic, { ringBytes })
      await consumer.assign([rig.at(0)])
      expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
      await consumer.assign([])
      await consumer.assign([rig.at(0)])
      await rig.producer().send({ topic: rig.topic, value: 'new' })
      expect(await pollValues(consumer, 1)).toEqual([['new']])
    })
  })

  test('takes no commit of the old one, and says why', async () => {
    const rig = await Rig.start(transport, { ringBytes })
    await rig.producer().send({ topic: rig.topic, value: 'old' })
    const consumer = await rig.consumer({ groupId: 'billing' })
    await pollRecords(consumer, 1)
    await rig.broker.deleteTopic(rig.topic)
    await rig.broker.createTopic(rig.topic, { ringBytes })
    await expect(consumer.commit()).rejects.toMatchObject(unknown)
    if (canCommitSync(transport)) {
      expect(() => consumer.commitSync([{ ...rig.at(0), offset: 1 }])).toThrow(
        expect.objectContaining(unknown),
      )
    }
    expect(await consumer.committed(rig.at(0))).toBe(null)
  })

  test('is read by a member of a group, which is given nothing of the old one', async () => {
    const rig = await Rig.start(transport, { ringBytes })
    const member = new Consumer(rig.broker, { groupId: 'billing', maxPollRecords: 1 })
    await member.subscribe([rig.topic])
    for (let round = 0; round < 3; round++) {
      const producer = rig.producer()
      for (const value of ['a', 'b', 'c'])
        await producer.send({ topic: rig.topic, value: `${value} ${round}` })
      expect(await pollValues(member, 1)).toEqual([[`a ${round}`]])
      await rig.broker.deleteTopic(rig.topic)
      await rig.broker.createTopic(rig.topic, { ringBytes })
    }
    await rig.producer().send({ topic: rig.topic, value: 'last' })
    expect(await pollValues(member, 1)).toEqual([['last']])
  })

  test('ends the wait of a member that has records of it left, and of pollSync', async () => {
    const rig = await Rig.start(transport, { ringBytes })
    const member = new Consumer(rig.broker, { groupId: 'billing', maxPollRecords: 1 })
    await member.subscribe([rig.topic])
    const producer = rig.producer()
    for (const value of ['a', 'b']) await producer.send({ topic: rig.topic, value })
    expect(await pollValues(member, 1)).toEqual([['a']])
    await rig.broker.deleteTopic(rig.topic)
    do {
      expect((await member.poll({ timeoutMs: 20 })).count).toBe(0)
    } while (member.assignment().length > 0)
    if (canPollSync(transport)) expect(member.pollSync({ timeoutMs: 20 }).count).toBe(0)
    await member.close()
  })

  test('leaves the rest of an assignment as it is', async () => {
    const rig = await Rig.start(transport, { ringBytes })
    await rig.broker.createTopic('others', { ringBytes })
    const other = { topic: 'others', partition: 0 }
    const producer = rig.producer()
    for (const value of ['a', 'b']) await producer.send({ topic: 'others', value })
    const consumer = new Consumer(rig.broker, { maxPollRecords: 1 })
    await consumer.assign([rig.at(0), other])
    expect(await pollValues(consumer, 1)).toEqual([['a']])
    consumer.pause([other])
    await rig.broker.deleteTopic(rig.topic)
    await rig.broker.createTopic(rig.topic, { ringBytes })
    await consumer.assign([other, rig.at(0)])
    expect(consumer.paused()).toEqual([other])
    expect(consumer.position(other)).toBe(1)
    consumer.resume([other])
    expect(await pollValues(consumer, 1)).toEqual([['b']])
    await rig.broker.deleteTopic('others')
    await consumer.assign([rig.at(0)])
    await producer.close()
    await rig.producer().send({ topic: rig.topic, value: 'new' })
    expect(await pollValues(consumer, 1)).toEqual([['new']])
  })
})
