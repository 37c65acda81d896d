import { LOG_ENGINE, engineOf, type LogClient, type LogEngine } from '@ringlog/core/internal'
import { Consumer } from '@ringlog/consumer'
import { until } from '@ringlog/test-kit'
import { expect, onTestFinished, test } from 'vitest'
import { BroadcastChannel } from 'node:worker_threads'
import { PoolRuns } from '../src/pool/pool-runs.ts'
import { answerChannelName } from '../src/wire/thread-message.ts'
import { Rig, TOPIC } from './rig.ts'

/** A client that asks the broker about topics late: not before what `lateness` holds has resolved. */
function lateClient(client: LogClient, lateness: { until: Promise<void> }): LogClient {
  const engine = engineOf(client)
  const late: Pick<LogEngine, 'topicMetadata'> = {
    topicMetadata: async (...args) => {
      await lateness.until
      return engine.topicMetadata(...args)
    },
  }
  return overlay(client, { [LOG_ENGINE]: overlay(engine, late) })
}

/** The same object, but for some of its properties. */
function overlay<T extends object>(target: T, own: object): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(Object.hasOwn(own, name) ? own : target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

async function startRuns(): Promise<{
  rig: Rig
  runs: PoolRuns
  lateness: { until: Promise<void> }
}> {
  const rig = await Rig.start({ partitions: 1 })
  const lateness = { until: Promise.resolve() }
  const runs = new PoolRuns(lateClient(rig.broker, lateness))
  onTestFinished(() => runs.close())
  return { rig, runs, lateness }
}

test('what others post to the channel of answers is passed over', async () => {
  const { runs } = await startRuns()
  const { answer } = runs.begin({ topic: TOPIC, value: 'a task' })
  const channel = new BroadcastChannel(answerChannelName(runs.poolId))
  const values = { type: 'values', runIds: 5, values: [] }
  const messages = [null, undefined, 5, 'x', [], {}, values, { type: 'answer' }]
  for (const message of messages) channel.postMessage(message)
  channel.postMessage({ type: 'answer', runId: 7, value: 'of no run', error: null })
  channel.postMessage({ type: 'answer', runId: 1, value: 'done', error: null })
  expect(await answer).toBe('done')
  channel.close()
})

test('a topic that is made again before the pool has heard of it is given the record', async () => {
  const { rig, runs, lateness } = await startRuns()
  await runs.producer.send({ topic: TOPIC, value: 'the producer knows the topic' })
  const { promise, resolve: ask } = Promise.withResolvers<void>()
  lateness.until = promise
  const { answer } = runs.begin({ topic: TOPIC, value: 'a task' })
  answer.catch(() => undefined)
  await runs.producer.flush()
  await rig.broker.deleteTopic(TOPIC)
  await rig.broker.createTopic(TOPIC, { ringBytes: 65_536 })
  ask()
  // In the first topic nobody would handle it, and by the second's word it would not be missed.
  await until(async () => (await rig.broker.offsets(TOPIC))[0]!.endOffset === 1)
  expect(runs.size).toBe(1)
})

test('records keep their order and their bytes while the topic is not known', async () => {
  const { rig, runs, lateness } = await startRuns()
  const { promise, resolve: ask } = Promise.withResolvers<void>()
  lateness.until = promise
  const value = Buffer.alloc(1)
  for (let i = 0; i < 10; i++) {
    value[0] = i
    runs.begin({ topic: TOPIC, value, headers: [['own', value]] }).answer.catch(() => undefined)
  }
  value[0] = 99
  const flushed = runs.flush()
  ask()
  await flushed
  const consumer = new Consumer(rig.broker)
  await consumer.assign([{ topic: TOPIC, partition: 0 }])
  const records = [...(await consumer.poll())]
  expect(records.map((record) => record.value![0])).toEqual([...Array(10).keys()])
  expect(records.map(({ headers }) => headers[0]![1]![0])).toEqual([...Array(10).keys()])
})

test('nothing that waits for its topic is produced once the pool is over', async () => {
  const { rig, runs, lateness } = await startRuns()
  const { promise, resolve: ask } = Promise.withResolvers<void>()
  lateness.until = promise
  const { answer } = runs.begin({ topic: TOPIC, value: 'too late' })
  const reason = new Error('over')
  runs.rejectAll(reason)
  await expect(answer).rejects.toBe(reason)
  ask()
  await runs.flush()
  expect((await rig.broker.offsets(TOPIC))[0]!.endOffset).toBe(0)
})

test('a record whose topic comes to be known after the producer was closed has a pool that is closed', async () => {
  const { runs, lateness } = await startRuns()
  const { promise, resolve: ask } = Promise.withResolvers<void>()
  lateness.until = promise
  const { answer } = runs.begin({ topic: TOPIC, value: 'too late' })
  await runs.producer.close()
  ask()
  await expect(answer).rejects.toMatchObject({
    code: 'CONSUMER_CLOSED',
    message: 'the consumer pool is closed',
  })
})

test.each([
  ['known', true],
  ['not known', false],
])('a key or value that is none is refused in words while the topic is %s', async (_, isKnown) => {
  const { runs } = await startRuns()
  if (isKnown) {
    runs.begin({ topic: TOPIC, value: 'a task' }).answer.catch(() => undefined)
    await runs.flush()
  }
  for (const wrong of [
    { value: 42 },
    { value: undefined },
    { value: {} },
    { key: 42, value: '' },
  ]) {
    const { answer } = runs.begin({ topic: TOPIC, ...wrong } as never)
    await expect(answer).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  }
})
