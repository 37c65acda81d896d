import { Consumer } from '@ringlog/consumer'
import { Producer } from '@ringlog/producer'
import { isSettled } from '@ringlog/test-kit'
import { VirtualClock, inMemoryClient, type InMemoryClient } from '@ringlog/testing'
import { describe, expect, onTestFinished, test } from 'vitest'

const TOPIC = 'orders'
const AT = { topic: TOPIC, partition: 0 }
const SMALL_RING_BYTES = 64 * 1024
const GROUP = 'billing'
const kibibyte = 'x'.repeat(1000)

/** A client on a clock that stands still, with a topic whose ring is small. */
async function start(
  topic: object = {},
  config: object = {},
): Promise<{ clock: VirtualClock; client: InMemoryClient }> {
  const clock = new VirtualClock({ wallMs: 1_000_000 })
  const client = await inMemoryClient({ clock, ...config })
  onTestFinished(() => client.close({ timeoutMs: 100 }))
  await client.createTopic(TOPIC, { ringBytes: SMALL_RING_BYTES, ...topic })
  return { clock, client }
}

describe.each(['rpc', 'shared'] as const)('on a virtual clock, by %s,', (transport) => {
  test('a batch leaves when lingerMs are over, with the time of the clock', async () => {
    const { clock, client } = await start()
    const producer = new Producer(client, { transport, lingerMs: 60_000 })
    const sent = producer.send({ topic: TOPIC, value: 'a' })
    await clock.advance(59_999)
    expect(await isSettled(sent)).toBe(false)
    await clock.advance(1)
    expect(await sent).toMatchObject({ offset: 0, timestamp: 1_000_000 })
  })

  test('an append waits maxBlockMs for room, and an hour where it may', async () => {
    const { clock, client } = await start()
    const consumer = new Consumer(client)
    await consumer.assign([AT])
    const producer = new Producer(client, { transport, maxBlockMs: 30_000, lingerMs: 0 })
    const sends = Array.from({ length: 80 }, () => producer.send({ topic: TOPIC, value: kibibyte }))
    const outcomes = Promise.allSettled(sends)
    await clock.advance(29_000)
    expect(await isSettled(outcomes)).toBe(false)
    await clock.advance(1_001)
    const refused = (await outcomes).filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(5)
    expect(refused[0]).toMatchObject({ reason: { code: 'BUFFER_FULL' } })

    const hoursMs = 7_200_000
    const waits = { maxBlockMs: hoursMs, deliveryTimeoutMs: hoursMs, lingerMs: 0 }
    const patient = new Producer(client, { transport, ...waits })
    const held = patient.send({ topic: TOPIC, value: kibibyte })
    await clock.advance(3_600_000)
    expect(await isSettled(held)).toBe(false)
    while ((await consumer.poll({ timeoutMs: 0 })).count > 0);
    expect((await held).offset).toBe(80 - refused.length)
  })

  test('a record whose topic does not come is given up, one whose topic comes is not', async () => {
    const { clock, client } = await start()
    const producer = new Producer(client, { transport, maxBlockMs: 60_000 })
    const early = producer.send({ topic: 'later', value: 'a' })
    const never = producer.send({ topic: 'never', value: 'a' })
    await clock.advance(30_000)
    await client.createTopic('later', { ringBytes: SMALL_RING_BYTES })
    expect(await early).toMatchObject({ offset: 0 })
    const outcome = expect(never).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    await clock.advance(30_001)
    await outcome
  })

  test('everything works while the clock stands still', async () => {
    const { clock, client } = await start({ partitions: 3 })
    const producer = new Producer(client, { transport })
    const consumers = ['a', 'b'].map(
      (clientId) => new Consumer(client, { groupId: GROUP, clientId }),
    )
    for (const consumer of consumers) await consumer.subscribe([TOPIC])
    for (let i = 0; i < 300; i++) producer.write({ topic: TOPIC, value: String(i) })
    await producer.flush()
    let seen = 0
    while (seen < 300) {
      for (const consumer of consumers) seen += (await consumer.poll({ timeoutMs: 0 })).count
    }
    for (const consumer of consumers) await consumer.close()
    expect(await client.describeGroup(GROUP)).toMatchObject({ members: [] })
    await client.deleteTopic(TOPIC)
    expect(clock.nowMs()).toBe(new VirtualClock().nowMs())
  })

  test('close() ends, also with a full ring that nobody makes room in', async () => {
    const { client } = await start()
    const consumer = new Consumer(client)
    await consumer.assign([AT])
    const producer = new Producer(client, { transport })
    const sends = Array.from({ length: 80 }, () => producer.send({ topic: TOPIC, value: kibibyte }))
    const outcomes = Promise.allSettled(sends)
    await client.close({ timeoutMs: 50 })
    const last = (await outcomes).at(-1)
    expect(last).toMatchObject({ status: 'rejected', reason: { code: 'BROKER_CLOSED' } })
  })
})

describe('on a virtual clock', () => {
  test('polls wait as long as they say', async () => {
    const { clock, client } = await start()
    const consumer = new Consumer(client)
    await consumer.assign([AT])
    const polled = consumer.poll({ timeoutMs: 3_600_000 })
    await clock.advance(3_599_999)
    expect(await isSettled(polled)).toBe(false)
    await clock.advance(1)
    expect((await polled).count).toBe(0)
  })

  test('records expire', async () => {
    const { clock, client } = await start({ retentionMs: 60_000, timestampType: 'logAppendTime' })
    const producer = new Producer(client)
    await producer.send({ topic: TOPIC, value: 'a' })
    await clock.advance(50_000)
    expect(await producer.send({ topic: TOPIC, value: 'b' })).toMatchObject({
      timestamp: 1_050_000,
    })
    const logStart = async (): Promise<number> => (await client.offsets(TOPIC))[0]!.logStartOffset
    expect(await logStart()).toBe(0)
    await clock.advance(45_000)
    expect(await logStart()).toBe(1)
    await clock.advance(60_000)
    expect(await logStart()).toBe(2)
  })

  test('a member that does not poll is put out, and one that waits in a poll is not', async () => {
    const { clock, client } = await start({ partitions: 2 })
    const members = ['lazy', 'busy'].map(
      (clientId) => new Consumer(client, { groupId: GROUP, clientId, maxPollIntervalMs: 300_000 }),
    )
    const [lazy, busy] = members as [Consumer, Consumer]
    await lazy.subscribe([TOPIC])
    await busy.subscribe([TOPIC])
    while (busy.assignment().length < 1) {
      await lazy.poll({ timeoutMs: 0 })
      await busy.poll({ timeoutMs: 0 })
    }
    const polling = busy.poll()
    await clock.advance(299_000)
    expect((await client.describeGroup(GROUP)).members).toHaveLength(2)
    await clock.advance(2_000)
    expect((await client.describeGroup(GROUP)).members).toMatchObject([{ clientId: 'busy' }])
    expect(busy.assignment()).toHaveLength(2)
    await new Producer(client).send({ topic: TOPIC, value: 'a' })
    expect((await polling).count).toBe(1)
  })

  test("a static member's partitions wait for sessionTimeoutMs", async () => {
    const { clock, client } = await start()
    const config = { groupId: GROUP, groupInstanceId: 'one', sessionTimeoutMs: 60_000 }
    const consumer = new Consumer(client, config)
    await consumer.subscribe([TOPIC])
    await consumer.close()
    await clock.advance(59_000)
    expect((await client.describeGroup(GROUP)).members).toHaveLength(1)
    await clock.advance(2_000)
    expect((await client.describeGroup(GROUP)).members).toHaveLength(0)
  })

  test('a group that nobody uses expires', async () => {
    const { clock, client } = await start({}, { groupExpiryMs: 86_400_000 })
    const consumer = new Consumer(client, { groupId: GROUP })
    await consumer.subscribe([TOPIC])
    await consumer.close()
    await clock.advance(86_399_000)
    expect(await client.listGroups()).toEqual([GROUP])
    await clock.advance(2_000)
    expect(await client.listGroups()).toEqual([])
  })

  test('leaves no timer behind', async () => {
    const { clock, client } = await start({ retentionMs: 60_000 })
    const producer = new Producer(client, { lingerMs: 1_000 })
    const sent = producer.send({ topic: TOPIC, value: 'a' })
    const consumer = new Consumer(client, { groupId: GROUP })
    await consumer.subscribe([TOPIC])
    await clock.advance(1_000)
    await sent
    await consumer.poll()
    await client.close()
    await clock.advance(0)
    expect(clock.timerCount).toBe(0)
  })
})
