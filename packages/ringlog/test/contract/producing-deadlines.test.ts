import type { RinglogError } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, lacks, pollRecords } from './rig.ts'

const SMALL = { ringBytes: 64 * 1024 }
const kibibyte = 'x'.repeat(1000)

interface Outcome {
  readonly value: string
  readonly tookMs: number
  readonly error: RinglogError | null
}

describe.each(TRANSPORTS)('how long a record waits, by %s', (transport) => {
  test.each([
    ['maxBlockMs', { maxBlockMs: 300 }],
    ['deliveryTimeoutMs', { requestTimeoutMs: 200, deliveryTimeoutMs: 300 }],
    ['maxBlockMs, with little memory', { maxBlockMs: 300, bufferMemoryBytes: 40_000 }],
    ['maxBlockMs, in small batches', { maxBlockMs: 300, batchSizeBytes: 2048 }],
    ['maxBlockMs, without numbers', { maxBlockMs: 300, idempotence: false }],
  ])('all that a full ring does not take fails at its time: %s', async (_, config) => {
    const rig = await Rig.start(transport, SMALL)
    const consumer = await rig.consumer({ clientId: 'slow' })
    const producer = rig.producer({ batchSizeBytes: 8192, ...config })
    const outcomes = await Promise.all(
      Array.from({ length: 150 }, (__, i) => timedSend(rig, producer, i)),
    )
    const failed = outcomes.filter(({ error }) => error !== null)
    expect(failed.length).toBeGreaterThan(80)
    for (const { tookMs, error } of failed) {
      expect(error).toMatchObject({
        code: 'BUFFER_FULL',
        details: {
          topic: rig.topic,
          holder: { clientId: 'slow', offset: 0, hasLiveMembers: true },
          remedy: expect.any(String),
        },
      })
      expect(error!.message).not.toMatch(/\d\.\d/)
      expect(tookMs).toBeGreaterThan(280)
      expect(tookMs).toBeLessThan(800)
    }
    // What was reported failed is not appended, then or later.
    const kept = outcomes.filter(({ error }) => error === null).map(({ value }) => value)
    const records = await pollRecords(consumer, kept.length)
    expect(records.map(({ value }) => String(value))).toEqual(kept)
    expect(await producer.send({ topic: rig.topic, value: 'next' })).toMatchObject({
      offset: kept.length,
    })
  })

  test('each has its own time, also behind others that wait', async () => {
    const rig = await Rig.start(transport, SMALL)
    await rig.consumer()
    const producer = rig.producer({ maxBlockMs: 600, batchSizeBytes: 8192 })
    for (let i = 0; i < 60; i++) producer.write({ topic: rig.topic, value: kibibyte })
    const sends: Array<Promise<Outcome>> = []
    for (let i = 0; i < 40; i++) {
      sends.push(timedSend(rig, producer, i))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await producer.flush().catch(() => undefined)
    const failed = (await Promise.all(sends)).filter(({ error }) => error !== null)
    expect(failed.length).toBeGreaterThan(30)
    for (const { tookMs } of failed) {
      expect(tookMs).toBeGreaterThan(560)
      expect(tookMs).toBeLessThan(900)
    }
  })

  test.skipIf(lacks(transport, 'busyThread'))(
    'a thread that was busy takes in the answers before it looks at the clock',
    async () => {
      const rig = await Rig.start(transport)
      const producer = rig.producer({
        lingerMs: 0,
        maxBlockMs: 100,
        requestTimeoutMs: 50,
        deliveryTimeoutMs: 100,
        idempotence: false,
      })
      await producer.send({ topic: rig.topic, value: 'first' })
      const sends = Array.from({ length: 20 }, () =>
        producer.send({ topic: rig.topic, value: 'v' }),
      )
      const flush = producer.flush({ timeoutMs: 100 })
      await new Promise((resolve) => setImmediate(resolve))
      blockThread(900)
      const offsets = (await Promise.all(sends)).map(({ offset }) => offset)
      expect(offsets).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
      await flush
      expect(producer.metrics()).toMatchObject({ recordErrorTotal: 0, recordRetryTotal: 0 })
    },
  )

  test('a thread that was busy learns of its topic before it gives it up', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ maxBlockMs: 50 })
    const sent = producer.send({ topic: rig.topic, value: 'v' })
    blockThread(200)
    expect(await sent).toMatchObject({ offset: 0 })
  })
})

function blockThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Sends one record of a kibibyte, and says how long it took until its promise was settled. */
function timedSend(rig: Rig, producer: ReturnType<Rig['producer']>, id: number) {
  const startMs = performance.now()
  const value = `${id} `.padEnd(1000, '.')
  return producer.send({ topic: rig.topic, value }).then(
    (): Outcome => ({ value, tookMs: performance.now() - startMs, error: null }),
    (error: RinglogError): Outcome => ({ value, tookMs: performance.now() - startMs, error }),
  )
}
