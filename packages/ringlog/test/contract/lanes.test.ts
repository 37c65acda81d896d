import { Producer } from 'ringlog'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Rig, pollValues } from './rig.ts'

/** Full after some 60 records of 1,000 bytes. */
const SMALL_RING_BYTES = 64 * 1024

/** Of a lane, in 32-bit words: see the layout in core, whose tests hold it there. */
const FRAME_COUNT_WORD = 128 / 4
const FRAMES_WORD = 512 / 4
const ENTRY_WORDS = 64 / 4
const FRAME_NUMBER_WORD = 0
const FRAME_SIZE_WORD = 12 / 4

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

  test.each<[what: string, word: number, value: number]>([
    ['length', FRAME_SIZE_WORD, -1],
    ['number', FRAME_NUMBER_WORD, 77],
  ])(
    'a damaged %s closes the lane, and nothing else: what was in it goes another way',
    async (_, word, value) => {
      const rig = await Rig.start('shared')
      const [producer, other] = [rig.producer(), rig.producer()]
      const send = (by: Producer, text: string) => by.send({ topic: rig.topic, value: text })
      await send(other, 'other 0')
      const words = damageFrame(2, word, value)
      for (let i = 0; i < 2; i++) await send(producer, `${i}`)
      await send(producer, '2')
      expect(words()).toBe(3)
      await send(other, 'other 1')
      await Promise.all([3, 4, 5].map((i) => send(producer, `${i}`)))
      await send(other, 'other 2')
      expect(words()).toBe(3) // the lane is left alone
      const [values] = await pollValues(await rig.consumer(), 9)
      expect(values).toEqual(['other 0', '0', '1', '2', 'other 1', '3', '4', '5', 'other 2'])
      const { failedProduceRequestsTotal } = await rig.broker.metrics()
      expect(failedProduceRequestsTotal).toBe(1)
    },
  )
})

/**
 * Damages, in the next lane that a producer of this thread writes to, the entry of a frame, right before
 * it is handed over. Returns what tells how many frames were handed over in that lane.
 */
function damageFrame(frame: number, word: number, value: number): () => number {
  const { store } = Atomics
  let lane: Int32Array | null = null
  const damaging = (words: Int32Array, at: number, stored: number): number => {
    if (at === FRAME_COUNT_WORD && stored === 1 && words.length > 1_000) lane ??= words
    if (words === lane && at === FRAME_COUNT_WORD && stored === frame + 1) {
      words[FRAMES_WORD + frame * ENTRY_WORDS + word] = value
    }
    return store(words, at, stored)
  }
  Object.assign(Atomics, { store: damaging })
  onTestFinished(() => void Object.assign(Atomics, { store }))
  return () => (lane === null ? 0 : Atomics.load(lane, FRAME_COUNT_WORD))
}
