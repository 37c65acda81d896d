import type { ProducerRecord } from 'ringlog'
import { once } from 'node:events'
import { Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, isSettled, pollRecords } from './rig.ts'

const SMALL_RING_BYTES = 64 * 1024
const kibibyte = 'x'.repeat(1000)

function recordsOf(rig: Rig, count: number, value = ''): ProducerRecord[] {
  return Array.from({ length: count }, (_, i) => ({ topic: rig.topic, value: `${i} ${value}` }))
}

describe.each(TRANSPORTS)('toWritable, by %s', (transport) => {
  test('a pipeline ends when all of its records are in the log, in order', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ lingerMs: 60_000 })
    const lines = ['one', 'two', 'three', 'four']
    const toRecord = new Transform({
      objectMode: true,
      transform: (line: string, _, done) => done(null, { topic: rig.topic, value: line }),
    })
    await pipeline(Readable.from(lines), toRecord, producer.toWritable())
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(4)
    const records = await pollRecords(await rig.consumer(), 4)
    expect(records.map(({ value }) => String(value))).toEqual(lines)
    // The producer is still open.
    producer.write({ topic: rig.topic, value: 'five' })
    await producer.flush()
  })

  test('the source is held back while the ring is full, in bounded memory', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer({ maxPollRecords: Infinity })
    const producer = rig.producer({ bufferMemoryBytes: 32_768, batchSizeBytes: 4096 })
    let given = 0
    async function* source(): AsyncGenerator<ProducerRecord> {
      for (const record of recordsOf(rig, 1000, kibibyte)) {
        given++
        yield record
      }
    }
    const done = pipeline(Readable.from(source()), producer.toWritable())
    expect(await isSettled(done)).toBe(false)
    expect(given).toBeLessThan(200)
    const records = await pollRecords(consumer, 1000)
    await done
    records.forEach(({ value }, i) => expect(String(value).startsWith(`${i} `)).toBe(true))
  })

  test('the first record that is not delivered destroys it, and fails the pipeline', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES, whenFull: 'reject' })
    await rig.consumer()
    const producer = rig.producer({ batchSizeBytes: 4096 })
    const writable = producer.toWritable()
    const source = Readable.from(recordsOf(rig, 1000, kibibyte))
    await expect(pipeline(source, writable)).rejects.toMatchObject({ code: 'BUFFER_FULL' })
    expect([writable.destroyed, source.destroyed]).toEqual([true, true])
    // What the stream was told is told to nobody else.
    await producer.flush()
  })

  test('a record that cannot be taken destroys it', async () => {
    const rig = await Rig.start(transport)
    const writable = rig.producer().toWritable()
    const records = [...recordsOf(rig, 3), { topic: rig.topic, value: 5 }, ...recordsOf(rig, 3)]
    await expect(pipeline(Readable.from(records), writable)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })

  test('it is a Writable: cork, end with a last record, and finish', async () => {
    const rig = await Rig.start(transport)
    const writable = rig.producer().toWritable()
    expect(writable).toBeInstanceOf(Writable)
    writable.cork()
    for (const record of recordsOf(rig, 5)) writable.write(record)
    writable.uncork()
    const finished = once(writable, 'finish')
    writable.end({ topic: rig.topic, value: 'last' })
    await finished
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(6)
  })

  test('it fails when its producer is closed', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const writable = producer.toWritable()
    const failed = once(writable, 'error')
    await producer.close()
    writable.write({ topic: rig.topic, value: 'late' })
    expect(await failed).toMatchObject([{ code: 'PRODUCER_CLOSED' }])
    expect(() => producer.toWritable()).toThrow(
      expect.objectContaining({ code: 'PRODUCER_CLOSED' }),
    )
  })
})
