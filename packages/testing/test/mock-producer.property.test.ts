import { Broker } from '@ringlog/broker'
import { Consumer } from '@ringlog/consumer'
import type { ProducerRecord, RinglogError, TopicPartition } from '@ringlog/core'
import { Producer, type ProducerConfig, type ProducerLike } from '@ringlog/producer'
import { MockProducer } from '@ringlog/testing'
import { SEED } from '@ringlog/test-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** One call of a program; records may be anything that a careless caller gives. */
interface Call {
  readonly name: 'send' | 'write' | 'tryWrite' | 'flush'
  readonly record: ProducerRecord
}

const TOPICS = { a: { partitions: 3 }, b: { maxMessageBytes: 120 } }
const PARTITIONS: TopicPartition[] = [
  ...[0, 1, 2].map((partition) => ({ topic: 'a', partition })),
  { topic: 'b', partition: 0 },
]

const records = fc.record(
  {
    topic: fc.constantFrom<unknown>('a', 'a', 'a', 'b', 'missing', 'no name', '', 7, undefined),
    key: fc.constantFrom<unknown>('k', '', 'a long key of many bytes', null, Buffer.of(1, 2), 5),
    value: fc.constantFrom<unknown>('v', null, 'x'.repeat(80), new Uint8Array(3), {}, 4n),
    partition: fc.constantFrom<unknown>(undefined, 0, 1, 2, 9, -1, 0.5, '0'),
    timestamp: fc.constantFrom<unknown>(undefined, 0, 1_700_000_000_000, -4, 1.5, NaN),
    headers: fc.constantFrom<unknown>(undefined, { h: 'x' }, [['h', null]], [['h']], { h: 3 }, 'h'),
    vaule: fc.constant('a slip of the pen'),
  },
  { requiredKeys: ['topic', 'value'] },
) as fc.Arbitrary<object> as fc.Arbitrary<ProducerRecord>

/** Most are as they should be, so that programs get somewhere. */
const goodRecords = fc.record(
  {
    topic: fc.constantFrom('a', 'b'),
    key: fc.constantFrom('k', 'l', 'm', null),
    value: fc.constantFrom('v', null),
    partition: fc.constantFrom(0, 1, 2),
    timestamp: fc.constant(1_700_000_000_000),
    headers: fc.constant({ h: 'x' }),
  },
  { requiredKeys: ['topic', 'value'] },
) as fc.Arbitrary<ProducerRecord>

const calls: fc.Arbitrary<Call> = fc.record({
  name: fc.constantFrom('send', 'send', 'write', 'tryWrite', 'flush'),
  record: fc.oneof({ arbitrary: goodRecords, weight: 3 }, records),
})

/** What a call came to: what it returned, or the error, in words that do not depend on the log. */
function outcomeOf(error: unknown): string {
  const { code, message } = error as RinglogError
  // Who looks for a topic that is not there says so in words of its own.
  return code === 'UNKNOWN_TOPIC_OR_PARTITION' ? code : `${code}: ${message}`
}

/** @param baseOf The offset at which a partition was when the program began. */
async function run(
  producer: ProducerLike,
  program: readonly Call[],
  baseOf: (topic: string, partition: number) => number,
): Promise<unknown[]> {
  const outcomes: Array<Promise<unknown>> = []
  for (const { name, record } of program) {
    try {
      if (name === 'flush') {
        const flushed = producer.flush().catch(outcomeOf)
        outcomes.push(flushed)
        await flushed
      } else if (name === 'send') {
        const sent = producer.send(record).then(({ topic, partition, offset, timestamp }) => {
          const place = offset < 0 ? offset : offset - baseOf(topic, partition)
          return `${topic}-${partition}@${place} ${record.timestamp === undefined ? '' : timestamp}`
        }, outcomeOf)
        outcomes.push(sent)
      } else {
        outcomes.push(Promise.resolve(producer[name](record)))
      }
    } catch (error) {
      outcomes.push(Promise.resolve(outcomeOf(error)))
    }
  }
  outcomes.push(producer.close().catch(outcomeOf))
  return Promise.all(outcomes)
}

describe('a program sees the same of a mock producer and of a real one', () => {
  let broker: Broker

  beforeAll(async () => {
    broker = await Broker.start()
    for (const [topic, config] of Object.entries(TOPICS)) await broker.createTopic(topic, config)
  })
  afterAll(() => broker.close())

  test.each<[name: string, config: ProducerConfig]>([
    ['as it is by default', {}],
    ['with round robin', { partitioner: 'roundRobin' }],
    ['with an own partitioner', { partitioner: { partition: ({ key }) => key?.length ?? 0 } }],
    ['with acks 0', { acks: 0 }],
  ])(`%s, seed ${SEED}`, async (_, config) => {
    await using consumer = new Consumer(broker)
    const property = fc.asyncProperty(fc.array(calls, { maxLength: 15 }), async (program) => {
      const bases = await consumer.endOffsets(PARTITIONS)
      const baseOf = (topic: string, partition: number): number =>
        bases.find((p) => p.topic === topic && p.partition === partition)!.offset
      // What the mock says at once the real one says when it has waited in vain.
      const shared = { ...config, maxBlockMs: 2 }
      const mock = new MockProducer({ ...shared, topics: TOPICS })
      const real = new Producer(broker, shared)
      for (const producer of [mock, real]) {
        // A mock knows its topics; the real one holds its first records until it is told of them.
        for (const topic of ['a', 'b']) await producer.send({ topic, value: null, partition: 0 })
      }
      expect(await run(mock, program, () => 0)).toEqual(await run(real, program, baseOf))
    })
    await fc.assert(property, { seed: SEED, numRuns: 40 })
  })
})
