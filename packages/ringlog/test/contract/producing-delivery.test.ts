import { connect, type FailedRecords, type Producer, type RinglogError } from 'ringlog'
import { describe, expect, test, vi } from 'vitest'
import { Rig, TRANSPORTS, isSettled, pollRecords, type TestedTransport } from './rig.ts'

const SMALL_RING_BYTES = 64 * 1024
const kibibyte = 'x'.repeat(1000)

/** What becomes of records that a full ring still waits with when its broker closes. */
async function loseAtClose<T>(
  transport: TestedTransport,
  write: (rig: Rig) => Promise<T>,
): Promise<T> {
  const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
  await rig.consumer()
  const written = write(rig)
  await rig.broker.close({ timeoutMs: 50 })
  return written
}

/** Writes more than the ring takes. */
function fill(rig: Rig): Producer {
  const producer = rig.producer()
  for (let i = 0; i < 100; i++) producer.write({ topic: rig.topic, value: kibibyte })
  return producer
}

describe.each(TRANSPORTS)('delivery, by %s', (transport) => {
  /** A partition that refuses everything: its ring is full, and a consumer holds it. */
  async function full(): Promise<Rig> {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES, whenFull: 'reject' })
    await rig.consumer()
    const producer = rig.producer({ batchSizeBytes: 4096 })
    for (;;) {
      const refused = await producer.send({ topic: rig.topic, value: kibibyte }).then(
        () => null,
        (error: RinglogError) => error.code,
      )
      if (refused === 'BUFFER_FULL') return rig
    }
  }

  test('flush tells the first error of a record given to write, once', async () => {
    const rig = await full()
    const producer = rig.producer()
    producer.write({ topic: rig.topic, value: kibibyte })
    await expect(producer.flush()).rejects.toMatchObject({ code: 'BUFFER_FULL' })
    await producer.flush()
    // A record that is awaited tells its own error, and no other.
    await expect(producer.send({ topic: rig.topic, value: kibibyte })).rejects.toMatchObject({
      code: 'BUFFER_FULL',
    })
    await producer.flush()
  })

  test('close tells it too, once, and the producer is closed all the same', async () => {
    const rig = await full()
    const producer = rig.producer()
    producer.write({ topic: rig.topic, value: kibibyte })
    await expect(producer.close()).rejects.toMatchObject({ code: 'BUFFER_FULL' })
    await expect(producer.send({ topic: rig.topic, value: 'v' })).rejects.toMatchObject({
      code: 'PRODUCER_CLOSED',
    })
  })

  test('onDeliveryError is told of every batch that fails: where, and how many records', async () => {
    const rig = await full()
    const told: Array<[string, FailedRecords]> = []
    const producer = rig.producer({ onDeliveryError: ({ code }, at) => told.push([code, at]) })
    const record = { topic: rig.topic, value: kibibyte }
    const sent = [producer.send(record), producer.send(record)]
    producer.write(record)
    await Promise.allSettled(sent)
    await producer.flush().catch(() => undefined)
    expect(told).toEqual([['BUFFER_FULL', { ...rig.at(0), count: 3 }]])
  })

  test('onDeliveryError is told of records whose topic stays unknown', async () => {
    const rig = await Rig.start(transport)
    const told: Array<[string, FailedRecords]> = []
    const producer = rig.producer({
      maxBlockMs: 30,
      onDeliveryError: ({ code }, at) => told.push([code, at]),
    })
    producer.write({ topic: 'nowhere', value: 'a' })
    producer.write({ topic: 'nowhere', value: 'b', partition: 3 })
    const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION', errorCode: 3 }
    await expect(producer.flush()).rejects.toMatchObject(unknown)
    expect(told).toEqual([
      [unknown.code, { topic: 'nowhere', partition: -1, count: 1 }],
      [unknown.code, { topic: 'nowhere', partition: 3, count: 1 }],
    ])
    await expect(producer.send({ topic: 'nowhere', value: 'c' })).rejects.toMatchObject(unknown)
  })

  test('what is lost when the broker closes is told, by flush or as a warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const flushed = await loseAtClose(transport, (rig) =>
      fill(rig)
        .flush()
        .catch((error: unknown) => error),
    )
    expect(flushed).toMatchObject({ code: 'BROKER_CLOSED' })
    const warnings = () => warn.mock.calls.map(([, options]) => (options as { code: string }).code)
    expect(warnings()).not.toContain('BROKER_CLOSED')
    await loseAtClose(transport, (rig) => Promise.resolve(fill(rig)))
    expect(warnings()).toContain('BROKER_CLOSED')
    warn.mockRestore()
  })

  test('whoever closes the client hears of what was lost', async () => {
    const rig = await full()
    const client = await connect()
    rig.producer({}, client).write({ topic: rig.topic, value: kibibyte })
    await expect(client.close()).rejects.toMatchObject({ code: 'BUFFER_FULL' })
  })

  test.each([1, 'all'] as const)('acks %j: resolves with the offset', async (acks) => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ acks })
    expect(await producer.send({ topic: rig.topic, value: 'a' })).toMatchObject({ offset: 0 })
  })

  test('acks 0: resolves with offset -1; the record is in the log all the same', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ acks: 0 })
    const sent = await Promise.all(
      ['a', 'b', 'c'].map((value) => producer.send({ topic: rig.topic, value, timestamp: 5 })),
    )
    const expected = { ...rig.at(0), offset: -1, timestamp: 5 }
    expect(sent).toEqual([expected, expected, expected])
    const records = await pollRecords(await rig.consumer(), 3)
    expect(records.map(({ value }) => String(value))).toEqual(['a', 'b', 'c'])
  })

  test('acks 0: what goes wrong is counted, and nothing else', async () => {
    const rig = await full()
    const onDeliveryError = vi.fn()
    const producer = rig.producer({ acks: 0, onDeliveryError })
    producer.write({ topic: rig.topic, value: kibibyte })
    await producer.send({ topic: rig.topic, value: kibibyte })
    await producer.flush()
    expect(onDeliveryError).not.toHaveBeenCalled()
    expect(producer.metrics()).toMatchObject({ recordSendTotal: 2, recordErrorTotal: 2 })
  })

  test('the worker waits for room up to maxBlockMs, and says who holds it', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer({ clientId: 'slow' })
    const producer = rig.producer({ maxBlockMs: 60, batchSizeBytes: 4096 })
    const sent = Array.from({ length: 100 }, () =>
      producer.send({ topic: rig.topic, value: kibibyte }).then(
        () => null,
        (error: RinglogError) => error,
      ),
    )
    const errors = (await Promise.all(sent)).filter((error) => error !== null)
    expect(errors.length).toBeGreaterThan(20)
    expect(errors[0]).toMatchObject({ code: 'BUFFER_FULL' })
    expect(errors[0]!.message).toContain('slow')
    // What was reported failed does not appear later.
    const records = await pollRecords(consumer, 100 - errors.length)
    expect(records).toHaveLength(100 - errors.length)
    await producer.send({ topic: rig.topic, value: 'next' })
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(101 - errors.length)
  })

  test('metrics tell what was done', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const idle = producer.metrics()
    expect(idle).toMatchObject({ recordSendTotal: 0, recordSendRate: 0, requestsInFlight: 0 })
    await producer.send({ topic: rig.topic, value: 'x'.repeat(100) })
    for (let i = 0; i < 99; i++) producer.write({ topic: rig.topic, value: 'x'.repeat(100) })
    await producer.flush()
    const metrics = producer.metrics()
    expect(metrics).toMatchObject({
      recordSendTotal: 100,
      recordErrorTotal: 0,
      recordRetryTotal: 0,
      requestTotal: 2,
      recordsPerRequestAvg: 50,
      requestsInFlight: 0,
      compressionRateAvg: 1,
      recordSizeMax: 110,
      bufferTotalBytes: 33_554_432,
      bufferAvailableBytes: 33_554_432,
    })
    expect(metrics.recordSizeAvg).toBeGreaterThan(108)
    expect(metrics.recordSizeAvg).toBeLessThan(110)
    expect(metrics.batchSizeMax).toBeGreaterThan(99 * 107)
    expect(metrics.outgoingByteTotal).toBe(metrics.batchSizeAvg * 2)
    expect(metrics.requestLatencyMax).toBeGreaterThan(0)
    expect(metrics.recordSendRate).toBeGreaterThan(0)
    await producer.close()
    expect(producer.metrics().recordSendTotal).toBe(100)
  })

  test('a callback that throws harms nothing', async () => {
    const rig = await full()
    const thrown = new Error('in a callback')
    const onUncaught = vi.fn()
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', onUncaught)
    try {
      const producer = rig.producer({
        onDeliveryError: () => {
          throw thrown
        },
      })
      const sent = producer.send({ topic: rig.topic, value: kibibyte })
      await expect(sent).rejects.toMatchObject({ code: 'BUFFER_FULL' })
      expect(await isSettled(producer.flush())).toBe(true)
      expect(onUncaught).toHaveBeenCalledWith(thrown, 'uncaughtException')
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })
})
