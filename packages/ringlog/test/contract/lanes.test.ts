import { Producer } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, pollValues } from './rig.ts'

/** Full after some 60 records of 1,000 bytes. */
const SMALL_RING_BYTES = 64 * 1024

/** What is particular to the `shared` transport; what it has in common with `rpc` is tested on both. */
describe('lanes', () => {
  test('a batch that is too large for its lane goes by RPC, in order with the rest', async () => {
    const rig = await Rig.start('shared', { ringBytes: 1024 * 1024 })
    // A lane of 16 KiB takes batches of up to 4 KiB.
    const config = { batchSizeBytes: 1_024, bufferMemoryBytes: 1024 * 1024, maxInFlight: 5 }
    const producer = rig.producer(config)
    const consumed = pollValues(await rig.consumer(), 300)
    const expected: string[] = []
    for (let i = 0; i < 300; i++) {
      const value = `${i}:`.padEnd(i % 3 === 0 ? 150_000 : 100, '.')
      expected.push(value)
      if (!producer.write({ topic: rig.topic, value })) await producer.drained()
      if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await producer.flush()
    expect((await consumed)[0]).toEqual(expected)
  })

  test('lanes stay within bufferMemoryBytes; the partitions beyond use RPC', async () => {
    const rig = await Rig.start('shared', { partitions: 6, ringBytes: SMALL_RING_BYTES })
    // Room for a few lanes of 4 × 4 KiB; the others go by RPC, and nobody sees a difference.
    const producer = rig.producer({ batchSizeBytes: 4096, bufferMemoryBytes: 48 * 1024 })
    const sent = Array.from({ length: 60 }, (_, i) =>
      producer.send({ topic: rig.topic, value: `${i}` }),
    )
    const metadata = await Promise.all(sent)
    expect(metadata.map(({ offset }) => offset)).toEqual(
      Array.from({ length: 60 }, (_, i) => Math.floor(i / 6)),
    )
  })

  test('a refused batch holds back what is behind it, numbered or not, and nothing is lost', async () => {
    for (const idempotence of [true, false]) {
      const rig = await Rig.start(
        'shared',
        { ringBytes: SMALL_RING_BYTES, maxMessageBytes: 2_000 },
        `orders-${idempotence}`,
      )
      const producer = rig.producer({ idempotence, batchSizeBytes: 500 })
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, (_, i) =>
          producer.send({ topic: rig.topic, value: `${i}`.padEnd(i % 10 === 5 ? 1_990 : 300) }),
        ),
      )
      const values = await pollValues(await rig.consumer(), 36)
      expect(values[0]!.map(Number)).toEqual(
        Array.from({ length: 40 }, (_, i) => i).filter((i) => i % 10 !== 5),
      )
      expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(4)
    }
  })

  test('a full ring is felt through the lane, and all go on when the consumer has polled', async () => {
    const rig = await Rig.start('shared', { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer()
    const producer = rig.producer({ batchSizeBytes: 2_000, bufferMemoryBytes: 64 * 1024 })
    const count = 400
    const producing = (async () => {
      for (let i = 0; i < count; i++) {
        if (!producer.write({ topic: rig.topic, value: `${i}`.padEnd(900) })) {
          await producer.drained()
        }
      }
      await producer.flush()
    })()
    const values = await pollValues(consumer, count)
    await producing
    expect(values[0]!.map(Number)).toEqual(Array.from({ length: count }, (_, i) => i))
  })

  test('a batch that waited maxBlockMs for room is refused, and never appended', async () => {
    const rig = await Rig.start('shared', { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer()
    const producer = new Producer(rig.broker, { transport: 'shared', maxBlockMs: 100 })
    const value = 'x'.repeat(10_000)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, () => producer.send({ topic: rig.topic, value })),
    )
    const rejected = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(rejected.length).toBe(6)
    for (const { reason } of rejected) expect(reason).toMatchObject({ code: 'BUFFER_FULL' })
    await pollValues(consumer, 6)
    await producer.send({ topic: rig.topic, value: 'last' })
    expect((await pollValues(consumer, 1))[0]).toEqual(['last'])
  })
})
