import { Consumer, type ConsumerConfig, type PartitionOffsets } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { GROUP, Member, SMALL_RING_BYTES, fill, kibibyte, pollUntil } from './group-rig.ts'
import { Rig, TRANSPORTS, isSettled, pollRecords } from './rig.ts'

describe.each(TRANSPORTS)('a group that holds a full ring, by %s', (transport) => {
  async function full(config: ConsumerConfig = {}) {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer({ groupId: GROUP, autoCommit: false, ...config })
    await fill(rig)
    const waiting = rig.producer({ maxBlockMs: 60_000 }).send({ topic: rig.topic, value: kibibyte })
    return { rig, consumer, waiting }
  }

  test('by its commits, not by its position; a commit lets the producer go on', async () => {
    const { rig, consumer, waiting } = await full()
    const { count } = await consumer.poll()
    expect(count).toBeGreaterThan(30)
    expect(await isSettled(waiting)).toBe(false)
    await consumer.commit()
    await waiting
    expect((await rig.broker.offsets(rig.topic, GROUP))[0]!.logStartOffset).toBeGreaterThan(0)
  })

  test('also when a commit names a small offset', async () => {
    const { rig, consumer, waiting } = await full()
    consumer.commitSync([{ ...rig.at(0), offset: 12 }])
    await waiting
    const [{ logStartOffset }] = (await rig.broker.offsets(rig.topic)) as [PartitionOffsets]
    expect(logStartOffset).toBeLessThanOrEqual(12)
  })

  test('also without a consumer, and tells the producer who and what to do', async () => {
    const { rig, consumer, waiting } = await full()
    await consumer.close()
    expect(await isSettled(waiting)).toBe(false)
    const hasty = rig.producer({ maxBlockMs: 20 })
    await expect(hasty.send({ topic: rig.topic, value: kibibyte })).rejects.toMatchObject({
      code: 'BUFFER_FULL',
      message: expect.stringContaining(`group ${GROUP}`) as string,
      details: { holder: { groupId: GROUP, consumerId: null, offset: 0 } },
    })
    await rig.broker.deleteGroup(GROUP)
    await waiting
  })

  test('lets go when its offsets are reset', async () => {
    const { rig, consumer, waiting } = await full()
    await expect(rig.broker.resetGroupOffsets(GROUP, 'latest')).rejects.toMatchObject({
      code: 'NON_EMPTY_GROUP',
      errorCode: 68,
    })
    await consumer.close()
    await rig.broker.resetGroupOffsets(GROUP, 'latest')
    await waiting
  })

  test('as slow as the slowest of several groups', async () => {
    const { rig, consumer, waiting } = await full()
    const other = await rig.consumer({ groupId: 'fast', autoCommit: false })
    await pollRecords(other, 30)
    await other.commit()
    expect(await isSettled(waiting)).toBe(false)
    await pollRecords(consumer, 30)
    await consumer.commit()
    await waiting
  })

  test('does not hold an "evict" topic, and keeps its commits there', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES, whenFull: 'evict' })
    const consumer = await rig.consumer({ groupId: GROUP, autoCommit: false })
    const producer = rig.producer({ batchSizeBytes: 1_000 })
    await producer.send({ topic: rig.topic, value: kibibyte })
    await consumer.commit([{ ...rig.at(0), offset: 1 }])
    for (let i = 0; i < 200; i++) await producer.send({ topic: rig.topic, value: kibibyte })
    await consumer.close()
    const [offsets] = await rig.broker.offsets(rig.topic, GROUP)
    expect(offsets).toMatchObject({ committed: 1, endOffset: 201 })
    const { logStartOffset } = offsets!
    expect(logStartOffset).toBeGreaterThan(100)
    // The position is what was committed, as in Kafka; the first poll resets it.
    const next = await rig.consumer({ groupId: GROUP })
    expect(next.position(rig.at(0))).toBe(1)
    const [record] = await pollRecords(next, 1)
    expect(record!.offset).toBe(logStartOffset)
  })

  test('from the start of the topic, where it is named there, and whatever its members ask for', async () => {
    const gatingGroups = [GROUP, 'audit']
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES, gatingGroups })
    await fill(rig)
    expect(await rig.broker.listGroups()).toEqual(['audit', GROUP])
    const [{ endOffset, logStartOffset }] = (await rig.broker.offsets(rig.topic)) as [
      PartitionOffsets,
    ]
    expect([logStartOffset, endOffset > 30]).toEqual([0, true])
    const waiting = rig.producer().send({ topic: rig.topic, value: kibibyte })
    const a = await Member.of(rig, 'a', { autoOffsetReset: 'latest' })
    expect(a.consumer.position(rig.at(0))).toBe(0)
    await pollUntil([a], () => a.values.length === endOffset)
    await a.poll(0) // so that what it was given counts as consumed
    expect(await isSettled(waiting)).toBe(false) // audit still holds
    await rig.broker.resetGroupOffsets('audit', { offset: 20 })
    await waiting
    await pollUntil([a], () => a.values.length === endOffset + 1)
  })

  test('of another that waits for it: both producers are told, nobody hangs', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES }, 'a')
    await rig.broker.createTopic('b', { ringBytes: SMALL_RING_BYTES })

    /** Sends two records on for each that it gets, and commits only then; until there is no room. */
    async function stage(from: string, to: string): Promise<unknown> {
      const consumer = new Consumer(rig.broker, { groupId: `${from}-to-${to}`, autoCommit: false })
      await consumer.subscribe([from])
      const producer = rig.producer({ maxBlockMs: 500 })
      try {
        for await (const { value } of consumer) {
          const record = { topic: to, value }
          await Promise.all([producer.send(record), producer.send(record)])
          await consumer.commit()
        }
        return null
      } catch (error) {
        return error
      } finally {
        await consumer.close()
      }
    }

    const stages = [stage('a', 'b'), stage('b', 'a')]
    await rig.producer().send({ topic: 'a', value: kibibyte })
    const [first, second] = await Promise.all(stages)
    expect(first).toMatchObject({
      code: 'BUFFER_FULL',
      details: { topic: 'b', holder: { groupId: 'b-to-a' } },
    })
    expect(second).toMatchObject({
      code: 'BUFFER_FULL',
      details: { topic: 'a', holder: { groupId: 'a-to-b' } },
    })
  })
})
