import { Consumer, Producer, RinglogError } from 'ringlog'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import {
  Rig,
  TRANSPORTS,
  connectAgain,
  lacks,
  isSettled,
  pollRecords,
  pollValues,
  settle,
} from './rig.ts'

const SMALL_RING_BYTES = 64 * 1024
const kibibyte = 'x'.repeat(1000)

/** What a poll that waits comes to when something is closed. */
async function outcomeOf(
  rig: Rig,
  consumer: Consumer,
  close: () => Promise<void>,
): Promise<unknown> {
  await consumer.assign([rig.at(0)])
  const polling = consumer.poll().catch((error: unknown) => error)
  expect(await isSettled(polling)).toBe(false)
  await close()
  return polling
}

describe.each(TRANSPORTS)('polls of what came by %s', (transport) => {
  test('a wakeup and an abort end a poll; what comes then is handed out by the next', async () => {
    const rig = await Rig.start(transport)
    const consumer = await rig.consumer()
    const woken = consumer.poll()
    expect(await isSettled(woken)).toBe(false)
    consumer.wakeup()
    await expect(woken).rejects.toMatchObject({ code: 'WAKEUP' })
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = consumer.poll({ signal: controller.signal })
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    await rig.producer().send({ topic: rig.topic, value: 'a' })
    expect(await pollValues(consumer, 1)).toEqual([['a']])
  })

  test('closing the consumer or its client is CONSUMER_CLOSED to a poll', async () => {
    const rig = await Rig.start(transport)
    const closed = { code: 'CONSUMER_CLOSED' }
    const consumer = new Consumer(rig.broker)
    expect(await outcomeOf(rig, consumer, () => consumer.close())).toMatchObject(closed)
    const client = await connectAgain()
    const other = new Consumer(client)
    expect(await outcomeOf(rig, other, () => client.close())).toMatchObject(closed)
    await expect(other.poll()).rejects.toMatchObject(closed)
  })

  test('closing the broker is BROKER_CLOSED to a poll, in whatever client', async () => {
    const rig = await Rig.start(transport)
    const closed = { code: 'BROKER_CLOSED' }
    const remote = new Consumer(await connectAgain())
    expect(await outcomeOf(rig, remote, () => rig.broker.close())).toMatchObject(closed)
    await expect(remote.poll()).rejects.toMatchObject(closed)
  })

  test('an iteration ends with its consumer', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const consumer = await rig.consumer()
    const seen: string[] = []
    const iterating = (async () => {
      for await (const { value } of consumer) seen.push(String(value))
    })()
    for (const value of ['a', 'b', 'c']) await producer.send({ topic: rig.topic, value })
    while (seen.length < 3) await settle(1)
    await consumer.close()
    await iterating
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  test('an iteration throws when the broker closes', async () => {
    const rig = await Rig.start(transport)
    const consumer = await rig.consumer()
    const seen: string[] = []
    const thrown = (async () => {
      for await (const { value } of consumer) seen.push(String(value))
    })().catch((error: unknown) => error)
    await rig.producer().send({ topic: rig.topic, value: 'a' })
    while (seen.length < 1) await settle(1)
    await rig.broker.close()
    expect(await thrown).toMatchObject({ code: 'BROKER_CLOSED' })
  })

  test.skipIf(lacks(transport, 'otherThreads'))(
    'a poll that waits keeps its thread alive, and no longer',
    async () => {
      const rig = await Rig.start(transport)
      const worker = new Worker(new URL('./pending-poll.worker.ts', import.meta.url), {
        workerData: rig.at(0),
      })
      const exit = once(worker, 'exit')
      expect(await once(worker, 'message')).toEqual(['assigned'])
      expect(await isSettled(exit)).toBe(false)
      const message = once(worker, 'message')
      await rig.producer().send({ topic: rig.topic, value: 'a' })
      expect(await message).toEqual([['a']])
      expect(await exit).toEqual([0])
    },
  )

  test('a poll that waits keeps its process alive, and no longer', async () => {
    const program = fileURLToPath(new URL('./pending-poll.program.ts', import.meta.url))
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, [...process.execArgv, program], {
      timeout: 10_000,
    })
    expect(stdout).toBe('came\n')
  })

  test('offset queries reach partitions of any topic, once they exist, and after they were made anew', async () => {
    const rig = await Rig.start(transport, { partitions: 2 })
    const producer = rig.producer()
    for (let i = 0; i < 5; i++) {
      await producer.send({ topic: rig.topic, value: 'x', partition: 1, timestamp: 100 * i })
    }
    const consumer = new Consumer(await connectAgain())
    const both = [rig.at(1), rig.at(0)]
    const offsets = async (): Promise<number[]> =>
      (await consumer.endOffsets(both)).map(({ offset }) => offset)
    expect(await offsets()).toEqual([5, 0])
    await producer.send({ topic: rig.topic, value: 'x', partition: 0 })
    expect(await offsets()).toEqual([5, 1])
    expect(await consumer.beginningOffsets(both)).toEqual(both.map((p) => ({ ...p, offset: 0 })))
    const times = [250, 400, 401].map((timestamp) => ({ ...rig.at(1), timestamp }))
    expect(await consumer.offsetsForTimes(times)).toEqual([
      { ...rig.at(1), offset: 3 },
      { ...rig.at(1), offset: 4 },
      null,
    ])
    const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
    await expect(consumer.endOffsets([rig.at(2)])).rejects.toMatchObject(unknown)
    await rig.broker.deleteTopic(rig.topic)
    await expect(offsets()).rejects.toMatchObject(unknown)
    await rig.broker.createTopic(rig.topic, { partitions: 2 })
    expect(await offsets()).toEqual([0, 0])
    await consumer.close()
  })
})

describe.each(TRANSPORTS)('a consumer that holds a full ring back, by %s', (transport) => {
  /** A ring full of what the consumer holds, and one send more that waits for room. */
  async function full(
    config = {},
  ): Promise<{ rig: Rig; consumer: Consumer; waiting: Promise<unknown> }> {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer(config)
    const record = { topic: rig.topic, value: kibibyte }
    const probe = rig.producer({ batchSizeBytes: 1_000, maxBlockMs: 20 })
    const isTaken = (): Promise<boolean> =>
      probe.send(record).then(
        () => true,
        (error: unknown) => !RinglogError.is(error, 'BUFFER_FULL'),
      )
    while (await isTaken());
    const waiting = rig.producer({ batchSizeBytes: 1_000 }).send(record)
    return { rig, consumer, waiting }
  }

  test('lets go of what it sought past, without another poll', async () => {
    const { rig, consumer, waiting } = await full()
    expect(await isSettled(waiting)).toBe(false)
    await consumer.seekToEnd()
    const end = consumer.position(rig.at(0))
    await waiting
    const [record] = await pollRecords(consumer, 1)
    expect(record!.offset).toBe(end)
  })

  test('lets go of no more than what it sought past, and holds what it goes back to', async () => {
    const { rig, consumer, waiting } = await full()
    const producer = rig.producer({ batchSizeBytes: 1_000, maxBlockMs: 50 })
    const send = (): Promise<unknown> => producer.send({ topic: rig.topic, value: kibibyte })
    consumer.seek(rig.at(0), 10)
    await waiting
    await expect(Promise.all(Array.from({ length: 20 }, send))).rejects.toMatchObject({
      code: 'BUFFER_FULL',
    })
    consumer.seek(rig.at(0), 30)
    consumer.seek(rig.at(0), 20)
    await expect(Promise.all(Array.from({ length: 30 }, send))).rejects.toMatchObject({
      code: 'BUFFER_FULL',
    })
    const [record] = await pollRecords(consumer, 1)
    expect(record!.offset).toBe(20)
  })

  test('holds at once what it goes back to, though it had let go of that', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer()
    const producer = rig.producer({ batchSizeBytes: 1_000, maxBlockMs: 50 })
    const send = (): Promise<unknown> => producer.send({ topic: rig.topic, value: kibibyte })
    for (let i = 0; i < 40; i++) await send()
    await pollRecords(consumer, 40)
    consumer.seek(rig.at(0), 10)
    await expect(Promise.all(Array.from({ length: 60 }, send))).rejects.toMatchObject({
      code: 'BUFFER_FULL',
    })
    // What it polled is in its own memory: so the log is asked.
    const [offsets] = await rig.broker.offsets(rig.topic)
    expect(offsets!.logStartOffset).toBeLessThanOrEqual(10)
    expect((await pollRecords(consumer, 1))[0]!.offset).toBe(10)
  })

  test('lets go of nothing for a position past the end: what it is reset to is still there', async () => {
    const { rig, consumer, waiting } = await full()
    consumer.seek(rig.at(0), 1_000_000)
    expect(await isSettled(waiting)).toBe(false)
    const [record] = await pollRecords(consumer, 1)
    expect(record!.offset).toBe(0)
    await waiting
  })

  test('lets go of a partition that it no longer assigns, and of all when it unsubscribes', async () => {
    for (const letGo of [
      (consumer: Consumer) => consumer.assign([{ topic: 'others', partition: 0 }]),
      (consumer: Consumer) => consumer.assign([]),
      (consumer: Consumer) => consumer.unsubscribe(),
    ]) {
      const { rig, consumer, waiting } = await full()
      await rig.broker.createTopic('others', { ringBytes: SMALL_RING_BYTES })
      expect(await isSettled(waiting)).toBe(false)
      await letGo(consumer)
      await waiting
    }
  })

  test('lets go as a member, for its group, with the commit of its next poll', async () => {
    const { consumer, waiting } = await full({ groupId: 'billing' })
    await consumer.seekToEnd()
    expect(await isSettled(waiting)).toBe(false)
    await consumer.poll({ timeoutMs: 0 })
    await waiting
  })

  test('lets go of what a paused partition was sought past', async () => {
    const { rig, consumer, waiting } = await full()
    consumer.pause([rig.at(0)])
    await consumer.poll({ timeoutMs: 0 })
    expect(await isSettled(waiting)).toBe(false)
    await consumer.seekToEnd()
    await waiting
  })

  test('lets go of what a poll of an iteration has taken; the loop still yields all of it', async () => {
    const { rig, consumer, waiting } = await full({ maxPollRecords: 10 })
    const offsets: number[] = []
    let last = -1
    for await (const { offset } of consumer) {
      offsets.push(offset)
      if (offsets.length === 1) {
        await waiting
        last = (await consumer.endOffsets([rig.at(0)]))[0]!.offset - 1
      }
      if (offset === last) break
    }
    expect(offsets).toEqual(offsets.map((_, i) => i))
  })

  test('lets go of what an iteration or a stream has taken, also when that is left early', async () => {
    for (const take of [
      async (consumer: Consumer) => {
        for await (const { offset } of consumer) if (offset === 2) break
      },
      async (consumer: Consumer) => {
        const stream = consumer.toReadable()
        let count = 0
        for await (const _ of stream) if (++count === 3) break
      },
    ]) {
      const { consumer, waiting } = await full({ maxPollRecords: 10 })
      await take(consumer)
      await waiting
      const [record] = await pollRecords(consumer, 1)
      expect(record!.offset).toBe(3)
    }
  })

  test('holds nothing back as an observer, and is told what it missed by its reset policy', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const observer = await rig.consumer({ gating: false })
    const strict = new Consumer(rig.broker, { gating: false, autoOffsetReset: 'none' })
    await strict.assign([rig.at(0)]).catch(() => undefined)
    strict.seek(rig.at(0), 0)
    const producer = new Producer(rig.broker, { batchSizeBytes: 1_000 })
    for (let i = 0; i < 200; i++) await producer.send({ topic: rig.topic, value: kibibyte })
    const start = (await observer.beginningOffsets([rig.at(0)]))[0]!.offset
    expect(start).toBeGreaterThan(100)
    const [first] = await pollRecords(observer, 1)
    expect(first!.offset).toBe(start)
    await expect(strict.poll()).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      details: { position: 0, logStartOffset: start, endOffset: 200 },
    })
  })
})
