import { Consumer } from '@ringlog/consumer'
import { expect, onTestFinished, test } from 'vitest'
import { connect, createTopic, describeOnKafka, producerOn } from './kafka-rig.ts'

const KEYS = 10
const ROUNDS = 20
/** Kafka's cleaner looks every 15 seconds. */
const COMPACTED_WITHIN_MS = 90_000

describeOnKafka('a consumer of a topic that Kafka compacts', () => {
  test('is handed what is left, passes over the gaps, and goes on behind them', async () => {
    const client = await connect()
    const topic = await createTopic(client, {
      cleanupPolicy: 'compact',
      configs: {
        'segment.ms': '200',
        'min.cleanable.dirty.ratio': '0.01',
        'max.compaction.lag.ms': '200',
      },
    })
    const producer = producerOn(client)
    const count = KEYS * ROUNDS
    for (let i = 0; i < count; i++) {
      producer.write({ topic, key: `k${i % KEYS}`, value: `${i}` })
      if (i % 50 === 49) await producer.flush()
    }
    const untilMs = performance.now() + COMPACTED_WITHIN_MS
    let read: Array<{ offset: number; value: string }> = []
    do {
      // A new segment: what came before it may be compacted.
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      await producer.send({ topic, key: 'last', value: 'last' })
      const consumer = new Consumer(client)
      onTestFinished(() => consumer.close())
      await consumer.assign([{ topic, partition: 0 }])
      const end = (await client.offsets(topic))[0]!.endOffset
      read = []
      while (consumer.position({ topic, partition: 0 }) < end) {
        for (const { offset, value } of await consumer.poll({ timeoutMs: 1_000 })) {
          read.push({ offset, value: String(value) })
        }
      }
    } while (read.some(({ offset }) => offset < count - KEYS) && performance.now() < untilMs)

    const left = read.filter(({ offset }) => offset < count)
    expect(left).toEqual(
      Array.from({ length: KEYS }, (_, i) => count - KEYS + i).map((offset) => {
        return { offset, value: String(offset) }
      }),
    )
    const offsets = read.map(({ offset }) => offset)
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b))
  })
})
