import { Consumer, connect, type RinglogError } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { GROUP, GROUP_TRANSPORTS, SMALL_RING_BYTES, kibibyte, names, produce } from './group-rig.ts'
import { Rig, TRANSPORTS, isSettled, pollRecords, settle } from './rig.ts'

/** Another member has the partition at once, and goes on where the first has stopped. */
async function checkLeft(rig: Rig): Promise<void> {
  const next = new Consumer(rig.broker, { groupId: GROUP })
  await next.subscribe([rig.topic])
  expect(names(next.assignment())).toEqual(['orders-0'])
  expect(next.position(rig.at(0))).toBe(5)
  await next.close()
}

describe.each(TRANSPORTS)('closing a producer, by %s', (transport) => {
  /** A producer with more to send than its ring takes: a consumer holds that. */
  async function stuck() {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer()
    const producer = rig.producer({ batchSizeBytes: 4096 })
    const sent = Array.from({ length: 150 }, () =>
      producer.send({ topic: rig.topic, value: kibibyte }).then(
        () => null,
        (error: RinglogError) => error,
      ),
    )
    await sent[0]
    await settle()
    return { rig, consumer, producer, errors: Promise.all(sent) }
  }

  test('fails after timeoutMs what is not acknowledged, and says what may be in the log', async () => {
    const { consumer, producer, errors } = await stuck()
    await producer.close({ timeoutMs: 20 })
    // When it is closed, all is settled.
    expect(await isSettled(errors)).toBe(true)
    const failed = (await errors).filter((error) => error !== null)
    expect(failed.length).toBeGreaterThan(50)
    const flags = failed.map(({ code, details }) => [code, details['isMaybeAppended']])
    expect(new Set(flags.map(String))).toEqual(
      new Set(['PRODUCER_CLOSED,true', 'PRODUCER_CLOSED,false']),
    )
    const maybe = failed.filter(({ details }) => details['isMaybeAppended'] === true)
    // What is said not to be in the log does not appear, though there is room now.
    const acknowledged = 150 - failed.length
    await pollRecords(consumer, acknowledged)
    await settle()
    const more = (await consumer.poll({ timeoutMs: 0 })).count
    expect(more).toBeLessThanOrEqual(maybe.length)
  })

  test('when aborted ends as quickly, with the reason', async () => {
    const { producer, errors } = await stuck()
    const controller = new AbortController()
    const closing = producer.close({ signal: controller.signal })
    expect(await isSettled(closing)).toBe(false)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(closing).rejects.toBe(reason)
    expect((await errors).at(-1)).toMatchObject({ code: 'PRODUCER_CLOSED' })
    await producer.close()
  })

  test('tells of records that nobody awaits, also where all of them were on their way', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    await rig.consumer()
    const producer = rig.producer({ batchSizeBytes: 16_384 })
    for (let i = 0; i < 6; i++) producer.write({ topic: rig.topic, value: 'x'.repeat(15_000) })
    await settle()
    await expect(producer.close({ timeoutMs: 0 })).rejects.toMatchObject({
      code: 'PRODUCER_CLOSED',
      details: { topic: rig.topic, partition: 0 },
    })
    await producer.close() // it was told
  })

  test('refuses faulty options, and stays open', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    for (const options of [5, null, { timeoutMs: -1 }, { signal: 'stop' }]) {
      await expect(producer.close(options as object)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      })
    }
    await producer.send({ topic: rig.topic, value: 'a' })
    await producer.close({ timeoutMs: Infinity })
  })

  test('with its client, closes that too, whatever was lost', async () => {
    const { rig } = await stuck()
    const client = await connect()
    const producer = rig.producer({ maxBlockMs: 20 }, client)
    producer.write({ topic: rig.topic, value: kibibyte })
    const consumer = new Consumer(client)
    await expect(client.close()).rejects.toMatchObject({ code: 'BUFFER_FULL' })
    await expect(client.listTopics()).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
    await client.close()
  })
})

describe.each(GROUP_TRANSPORTS)('closing a consumer, of what came by %s', (transport) => {
  /** A member whose listener does not come to an end when partitions are revoked. */
  async function endless() {
    const rig = await Rig.start(transport)
    await produce(rig, 5)
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    await consumer.subscribe([rig.topic], {
      onPartitionsRevoked: () => new Promise(() => undefined),
    })
    await pollRecords(consumer, 5)
    return { rig, consumer }
  }

  test('waits for its listener no longer than timeoutMs, then leaves the group', async () => {
    const { rig, consumer } = await endless()
    const startMs = performance.now()
    await consumer.close({ timeoutMs: 60 })
    expect(performance.now() - startMs).toBeGreaterThan(59)
    await checkLeft(rig)
    await consumer.close()
  })

  test('when aborted ends with the reason, and has left the group', async () => {
    const { rig, consumer } = await endless()
    const controller = new AbortController()
    const waiting = consumer.close() // ends with the other: it is one closing
    const closing = consumer.close({ signal: controller.signal })
    expect(await isSettled(closing)).toBe(false)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(closing).rejects.toBe(reason)
    await waiting
    await checkLeft(rig)
  })

  test('tells once what its listener has thrown', async () => {
    const rig = await Rig.start(transport)
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    const thrown = new Error('not now')
    await consumer.subscribe([rig.topic], {
      onPartitionsRevoked: () => {
        throw thrown
      },
    })
    await expect(consumer.close()).rejects.toBe(thrown)
    await consumer.close()
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
  })

  test('while partitions are assigned to it leaves none of them held', async () => {
    const rig = await Rig.start(transport)
    const consumer = new Consumer(rig.broker)
    const assigning = consumer.assign([rig.at(0)])
    await consumer.close({ timeoutMs: 0 })
    await expect(assigning).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
    expect((await rig.broker.metrics()).topics[0]!.partitions).toMatchObject([
      { readerCount: 0, gateCount: 0 },
    ])
  })

  test('refuses faulty options, and stays open', async () => {
    const rig = await Rig.start(transport)
    const consumer = await rig.consumer()
    for (const options of [5, null, { timeoutMs: -1 }, { timeoutMs: '5' }, { signal: {} }]) {
      await expect(consumer.close(options as object)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      })
    }
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    await consumer.close({ timeoutMs: Infinity })
  })
})
