import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, pollRecords } from './rig.ts'

const COMPRESSIONS = ['gzip', 'snappy', 'lz4', 'zstd'] as const
/** Text as it is: the lines of this file, again and again. */
const LINES = Array.from({ length: 20 }, () => readFileSync(new URL(import.meta.url), 'utf8'))
  .join('\n')
  .split('\n')

describe.each(TRANSPORTS)('compressed, by %s', (transport) => {
  test.each(COMPRESSIONS)('%s: records arrive as they were sent', async (compression) => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ compression })
    const consumer = await rig.consumer({ maxPollRecords: 100 })
    LINES.forEach((value, i) =>
      producer.write({
        topic: rig.topic,
        key: String(i),
        value,
        timestamp: i,
        headers: { i: 'h' },
      }),
    )
    await producer.flush()
    const records = await pollRecords(consumer, LINES.length)
    expect(records.map(({ value }) => String(value))).toEqual(LINES)
    expect(records.map(({ timestamp }) => timestamp)).toEqual(LINES.map((_, i) => i))
    const { key, headers } = records[7]!
    expect([String(key), headers]).toEqual(['7', [['i', Buffer.from('h')]]])

    const metrics = producer.metrics()
    expect(metrics.compressionRateAvg).toBeGreaterThan(0)
    expect(metrics.compressionRateAvg).toBeLessThan(0.6)
    expect(metrics.batchSizeMax).toBeLessThan(65_536 * 0.6)
    expect(metrics.bufferAvailableBytes).toBe(metrics.bufferTotalBytes)
  })

  test.each(COMPRESSIONS)('%s: what does not get smaller arrives too', async (compression) => {
    const rig = await Rig.start(transport, { maxMessageBytes: 8192 })
    const bufferMemoryBytes = 16 * 1024
    const producer = rig.producer({ compression, bufferMemoryBytes })
    const values = Array.from({ length: 60 }, (_, i) => randomBytes(1 + (i % 8) * 1000, i))
    await producer.send({ topic: rig.topic, value: 'the topic is known from now on' })
    const sent = await Promise.all(
      values.map((value) => producer.send({ topic: rig.topic, value })),
    )
    expect(sent.map(({ offset }) => offset)).toEqual(values.map((_, i) => i + 1))
    const [, ...records] = await pollRecords(await rig.consumer(), values.length + 1)
    expect(records.map(({ value }) => value)).toEqual(values)
  })

  test('a ring holds more of what is compressed', async () => {
    const rig = await Rig.start(transport, { ringBytes: 64 * 1024, whenFull: 'reject' })
    await rig.consumer()
    const producer = rig.producer({ compression: 'zstd' })
    const value = 'the same again and again '.repeat(400)
    const sent = Array.from({ length: 100 }, () => producer.send({ topic: rig.topic, value }))
    await Promise.all(sent)
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(100)
  })

  test('whether a record is too large is told by its size before compression', async () => {
    const rig = await Rig.start(transport, { maxMessageBytes: 2000 })
    const producer = rig.producer({ compression: 'gzip' })
    await expect(
      producer.send({ topic: rig.topic, value: 'x'.repeat(2000) }),
    ).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE', errorCode: 10 })
    await producer.send({ topic: rig.topic, value: 'x'.repeat(1900) })
  })

  test('records are found by time within compressed batches', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ compression: 'snappy' })
    await Promise.all(
      [10, 20, 30, 40].map((timestamp) =>
        producer.send({ topic: rig.topic, value: 'v', timestamp }),
      ),
    )
    const consumer = await rig.consumer()
    expect(await consumer.offsetsForTimes([{ ...rig.at(0), timestamp: 25 }])).toEqual([
      { ...rig.at(0), offset: 2 },
    ])
  })
})

/** Bytes that no codec makes smaller, the same ones in every run. */
function randomBytes(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed + 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}
