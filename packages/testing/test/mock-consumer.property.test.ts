import { Broker } from '@ringlog/broker'
import { Consumer, type ConsumerConfig, type ConsumerLike } from '@ringlog/consumer'
import type { RinglogError, TopicPartition } from '@ringlog/core'
import { Producer } from '@ringlog/producer'
import { MockConsumer } from '@ringlog/testing'
import { SEED } from '@ringlog/test-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const TOPIC = 't'
const VALUES: readonly string[][] = [['a', 'b', 'c', 'd', 'e', 'f'], ['x', 'y', 'z'], []]
const ALL: TopicPartition[] = VALUES.map((_, partition) => ({ topic: TOPIC, partition }))

/** One call of a program; a careless caller names what is not assigned, or not there. */
type Call = (consumer: ConsumerLike) => unknown

const partitions = fc.constantFrom(0, 0, 1, 2, 7).map((partition) => ({ topic: TOPIC, partition }))
const offsets = fc.constantFrom(0, 1, 2, 3, 5, 6, 7, -1, 0.5)

async function poll(consumer: ConsumerLike): Promise<string[]> {
  const records = await consumer.poll({ timeoutMs: 0 })
  return Array.from(records, ({ partition, offset, key, value, headers }) =>
    [partition, offset, key, value, JSON.stringify(headers)].join(' '),
  )
}

const named = (name: string, call: Call): Call => Object.assign(call, { toString: () => name })

const calls: fc.Arbitrary<Call> = fc.oneof(
  { arbitrary: fc.constant(named('poll', poll)), weight: 4 },
  fc.constant(
    named('leave a loop', async (consumer) => {
      for (const { offset } of await consumer.poll({ timeoutMs: 0 })) if (offset > 0) break
    }),
  ),
  fc.constant(
    named('wakeup', (consumer) => {
      consumer.wakeup()
      return poll(consumer)
    }),
  ),
  fc.constant(named('commit', (consumer) => consumer.commit())),
  fc.constant(named('seekToBeginning', (consumer) => consumer.seekToBeginning())),
  fc.constant(named('assignment', (consumer) => [consumer.assignment(), consumer.paused()])),
  fc
    .tuple(partitions, offsets)
    .map(([p, offset]) =>
      named(`seek ${p.partition} ${offset}`, (consumer) => consumer.seek(p, offset)),
    ),
  fc
    .tuple(partitions, offsets)
    .map(([p, offset]) =>
      named(`commit ${p.partition} ${offset}`, (consumer) => consumer.commit([{ ...p, offset }])),
    ),
  fc
    .constantFrom('pause', 'resume', 'seekToEnd', 'beginningOffsets', 'endOffsets')
    .chain((name) =>
      partitions.map((p) =>
        named(`${name} ${p.partition}`, (consumer) => consumer[name as 'pause']([p])),
      ),
    ),
  fc
    .constantFrom('position', 'currentOffset', 'lag', 'committed')
    .chain((name) =>
      partitions.map((p) =>
        named(`${name} ${p.partition}`, (consumer) => consumer[name as 'lag'](p)),
      ),
    ),
  fc
    .subarray(ALL)
    .map((some) =>
      named(`assign ${some.map(({ partition }) => partition).join()}`, (consumer) =>
        consumer.assign(some),
      ),
    ),
)

async function run(consumer: ConsumerLike, program: readonly Call[]): Promise<unknown[]> {
  const outcomes: unknown[] = []
  for (const call of program) {
    try {
      outcomes.push(await call(consumer))
    } catch (error) {
      const { code, message } = error as RinglogError
      // A broker names what there is not in words of its own.
      outcomes.push(code === 'UNKNOWN_TOPIC_OR_PARTITION' ? code : `${code}: ${message}`)
    }
  }
  await consumer.close()
  return outcomes
}

describe('a program sees the same of a mock consumer and of a real one', () => {
  let broker: Broker
  let groups = 0

  beforeAll(async () => {
    broker = await Broker.start()
    await broker.createTopic(TOPIC, { partitions: VALUES.length })
    await using producer = new Producer(broker)
    for (const [partition, values] of VALUES.entries()) {
      for (const value of values) {
        await producer.send({
          topic: TOPIC,
          partition,
          key: `k${value}`,
          value,
          headers: { h: value },
        })
      }
    }
  })
  afterAll(() => broker.close())

  test.each<ConsumerConfig>([
    {},
    { autoOffsetReset: 'latest' },
    { autoOffsetReset: 'none' },
    { maxPollRecords: 2, autoCommit: false },
    { maxPollRecords: 1, autoCommitIntervalMs: 60_000 },
  ])(`%o, seed ${SEED}`, async (config) => {
    const property = fc.asyncProperty(fc.array(calls, { maxLength: 15 }), async (program) => {
      const groupId = `g${++groups}`
      const mock = new MockConsumer({
        ...config,
        groupId,
        topics: { t: { partitions: VALUES.length } },
      })
      mock.updateEndOffsets(
        VALUES.map(({ length }, partition) => ({ topic: TOPIC, partition, offset: length })),
      )
      const real = new Consumer(broker, { ...config, groupId })
      for (const consumer of [mock, real]) {
        await consumer.assign(ALL).catch((error: RinglogError) => {
          if (config.autoOffsetReset !== 'none') throw error
        })
      }
      for (const [partition, values] of VALUES.entries()) {
        for (const value of values) {
          mock.addRecord({
            topic: TOPIC,
            partition,
            key: `k${value}`,
            value,
            headers: { h: value },
          })
        }
      }
      expect(await run(mock, program)).toEqual(await run(real, program))
    })
    await fc.assert(property, { seed: SEED, numRuns: 60 })
  })
})
