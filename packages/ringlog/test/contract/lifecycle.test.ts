import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  Consumer,
  Producer,
  RinglogError,
  connect,
  type LogClient,
  type TopicConfig,
} from 'ringlog'
import { describe, expect, test } from 'vitest'
import { LOGS, Rig, TRANSPORTS, connectAgain, saying, settle, startLog } from './rig.ts'

/** The smallest ring there is: full after some 60 records of 1,000 bytes. */
const SMALL_RING_BYTES = 64 * 1024
const at = { topic: 'orders', partition: 0 }
const closed = { code: 'BROKER_CLOSED' }

/** Every call of a client's, by name. */
const calls: Array<[name: string, call: (client: LogClient) => Promise<unknown>]> = [
  ['createTopic', (client) => client.createTopic('others')],
  ['deleteTopic', (client) => client.deleteTopic('orders')],
  ['createPartitions', (client) => client.createPartitions('orders', 2)],
  ['deleteRecords', (client) => client.deleteRecords(at, 0)],
  ['listTopics', (client) => client.listTopics()],
  ['describeTopic', (client) => client.describeTopic('orders')],
  ['offsets', (client) => client.offsets('orders')],
  ['metrics', (client) => client.metrics()],
  ['listGroups', (client) => client.listGroups()],
  ['describeGroup', (client) => client.describeGroup('billing')],
  ['deleteGroup', (client) => client.deleteGroup('billing')],
  ['resetGroupOffsets', (client) => client.resetGroupOffsets('billing', 'earliest')],
]

describe.each(LOGS)('a client that is closed, of a log %s', (log) => {
  test('rejects every call; other clients are not touched by it', async () => {
    const broker = await startLog(log)
    await broker.createTopic('orders', { ringBytes: SMALL_RING_BYTES })
    const [own, other] = [await connectAgain(), await connectAgain()]
    await own.close()
    for (const [, call] of calls) await expect(call(own)).rejects.toMatchObject(closed)
    expect(await other.listTopics()).toEqual(['orders'])
  })

  test('rejects every call when its broker is closed', async () => {
    const broker = await startLog(log)
    await broker.createTopic('orders', { ringBytes: SMALL_RING_BYTES })
    const other = await connectAgain()
    await broker.close()
    for (const [, call] of calls) {
      await expect(call(broker)).rejects.toMatchObject(closed)
      await expect(call(other)).rejects.toMatchObject(closed)
    }
  })

  test('is one on which producers and consumers can be made, whose calls reject', async () => {
    const broker = await startLog(log)
    await broker.createTopic('orders', { ringBytes: SMALL_RING_BYTES })
    await broker.close()
    const producer = new Producer(broker)
    await expect(producer.send({ topic: 'orders', value: 'a' })).rejects.toMatchObject(closed)
    expect(() => producer.write({ topic: 'orders', value: 'a' })).toThrow(
      expect.objectContaining(closed),
    )
    await expect(producer.partitionsFor('orders')).rejects.toMatchObject(closed)
    await producer.close()
    const consumer = new Consumer(broker)
    await expect(consumer.assign([at])).rejects.toMatchObject(closed)
    await expect(consumer.poll()).rejects.toMatchObject(closed)
    await consumer.close()
  })

  test('may be closed again, at once and later', async () => {
    const broker = await startLog(log)
    const client = await connectAgain()
    await Promise.all([client.close(), client.close()])
    await client.close()
    await Promise.all([broker.close(), broker.close({ timeoutMs: 10 })])
    await broker.close()
    await client.close()
  })

  test('is no broker that could be connected to', async () => {
    const broker = await startLog(log)
    await broker.close()
    await expect(connect(broker.address)).rejects.toMatchObject({ code: 'BROKER_NOT_AVAILABLE' })
  })

  test('was not closed with a timeout that is none', async () => {
    const broker = await startLog(log)
    for (const timeoutMs of [-1, '1 s', NaN, null]) {
      await expect(broker.close({ timeoutMs: timeoutMs as number })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining('timeoutMs') as string,
      })
    }
    expect(await broker.listTopics()).toEqual([])
  })
})

describe.each(TRANSPORTS)('closing a broker, by %s', (transport) => {
  const kibibyte = 'x'.repeat(1000)

  test('first lets producers send what they have, in every thread and client', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const other = await connectAgain()
    const producers = [
      rig.producer({ lingerMs: 60_000 }),
      rig.producer({ lingerMs: 60_000 }, other),
    ]
    const sends = producers.flatMap((producer) =>
      ['a', 'b'].map((value) => producer.send({ topic: rig.topic, value })),
    )
    await settle()
    await rig.broker.close()
    const offsets = (await Promise.all(sends)).map(({ offset }) => offset)
    expect(new Set(offsets)).toEqual(new Set([0, 1, 2, 3]))
  })

  test('fails what cannot be sent within its timeout, and polls that wait', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES, partitions: 2 })
    await rig.consumer({}, [0]) // holds everything
    const polling = expect((await rig.consumer({}, [1])).poll()).rejects.toMatchObject(closed)
    const producer = rig.producer({ batchSizeBytes: 2_000 })
    const sends = Array.from({ length: 100 }, () =>
      producer.send({ topic: rig.topic, partition: 0, value: kibibyte }),
    )
    const settled = Promise.allSettled(sends)
    await sends[0]
    await settle()
    await rig.broker.close({ timeoutMs: 20 })
    const outcomes = await settled
    expect(outcomes[0]).toMatchObject({ status: 'fulfilled' })
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: closed })
    await polling
  })
})

describe.each(LOGS)('creating a topic of a log %s', (log) => {
  test('is refused with all of its faults at once, also those that cannot cross a thread', async () => {
    const broker = await startLog(log)
    const given = {
      partitions: 0,
      ringBytes: 5,
      whenFull: () => 'block',
      gatingGroups: 'billing',
      maxMessageBytes: 'all',
      retentionMs: -1,
      timestampType: Symbol('now'),
      waitStrategy: 'nap',
      replicas: 3,
    }
    const error = await broker
      .createTopic('orders', given as unknown as TopicConfig)
      .catch((thrown: unknown) => thrown)
    expect(RinglogError.is(error, 'INVALID_CONFIG')).toBe(true)
    const { faults } = (error as RinglogError).details as { faults: Array<{ option: string }> }
    const options = faults.map(({ option }) => option)
    expect(new Set(options)).toEqual(new Set(Object.keys(given)))
    for (const option of options) expect((error as RinglogError).message).toContain(option)
    expect(await broker.listTopics()).toEqual([])
  })

  test('is refused with what is no configuration, and with no number of partitions', async () => {
    const broker = await startLog(log)
    for (const given of [null, 7, 'small', [], () => 1]) {
      await expect(broker.createTopic('orders', given as never)).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
      })
    }
    for (const partitions of [0, -1, 1.5, NaN, '3', null, Infinity]) {
      await expect(
        broker.createTopic('orders', { partitions: partitions as number }),
      ).rejects.toMatchObject({
        code: 'INVALID_PARTITIONS',
        message: saying(log, 'from 1 to 1024'),
      })
    }
    expect(await broker.listTopics()).toEqual([])
  })

  test('is refused with more partitions than the broker may have', async () => {
    const broker = await startLog(log)
    await expect(broker.createTopic('orders', { partitions: 1025 })).rejects.toMatchObject({
      code: 'INVALID_PARTITIONS',
      message: expect.stringContaining('from 1 to 1024') as string,
    })
    expect(await broker.listTopics()).toEqual([])
  })
})

test.each([
  ['unref', 'started\nended by itself\n'],
  ['ref', 'started\nclosed\nended by itself\n'],
  ['alone', 'started\nclosed\nended by itself\n'],
])('a broker keeps its process alive as it is told: %s', async (how, output) => {
  const program = fileURLToPath(new URL('./unref.program.ts', import.meta.url))
  const args = [...process.execArgv, program, how]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 10_000 })
  expect(stdout).toBe(output)
})

test.each(LOGS)('two logs %s of a process know nothing of each other', async (log) => {
  const [one, two] = [await startLog(log, { name: 'one' }), await startLog(log, { name: 'two' })]
  await one.createTopic('orders', { ringBytes: SMALL_RING_BYTES })
  expect(await two.listTopics()).toEqual([])
  await one.close()
  await two.createTopic('orders', { ringBytes: SMALL_RING_BYTES })
  await two.close()
})
