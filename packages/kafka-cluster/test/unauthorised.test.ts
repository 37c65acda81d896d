import { Consumer } from '@ringlog/consumer'
import { expect, onTestFinished, test } from 'vitest'
import { KAFKA, connect, createTopic, describeOnKafka, freshTopic } from './kafka-rig.ts'
import type { ClusterClient } from '../src/index.ts'

/** A client of a user who may do nothing. */
function alice(): Promise<ClusterClient> {
  return connect({
    bootstrapServers: KAFKA!.saslServers!,
    sasl: { mechanism: 'PLAIN', username: 'alice', password: 'secret' },
    defaultApiTimeoutMs: 10_000,
  })
}

async function consumerOfAlice(groupId?: string): Promise<Consumer> {
  const consumer = new Consumer(await alice(), groupId === undefined ? {} : { groupId })
  onTestFinished(() => consumer.close().catch(() => undefined))
  return consumer
}

describeOnKafka('a user who may not', () => {
  test('read a topic, learns so when a consumer is assigned it', async () => {
    const topic = await createTopic(await connect())
    const consumer = await consumerOfAlice()
    await expect(consumer.assign([{ topic, partition: 0 }])).rejects.toMatchObject({
      code: 'TOPIC_AUTHORIZATION_FAILED',
      message: expect.stringContaining(topic),
    })
  })

  test.each(['sticky', 'roundRobin'])(
    'use a group, learns so when a consumer subscribes, assignor %s',
    async (assignor) => {
      const topic = await createTopic(await connect())
      const groupId = freshTopic()
      const consumer = new Consumer(await alice(), { groupId, assignor })
      onTestFinished(() => consumer.close().catch(() => undefined))
      await expect(consumer.subscribe([topic])).rejects.toMatchObject({
        code: expect.stringMatching(/^(GROUP|TOPIC)_AUTHORIZATION_FAILED$/),
      })
    },
  )

  test('use a group, learns so of its offsets', async () => {
    const topic = await createTopic(await connect())
    const groupId = freshTopic()
    const client = await alice()
    await expect(client.describeGroup(groupId)).rejects.toMatchObject({
      code: 'GROUP_AUTHORIZATION_FAILED',
      message: expect.stringContaining(groupId),
    })
    await expect(client.deleteGroup(groupId)).rejects.toMatchObject({
      code: 'GROUP_AUTHORIZATION_FAILED',
    })
    await expect(client.createTopic(freshTopic())).rejects.toMatchObject({
      code: expect.stringMatching(/^(CLUSTER|TOPIC)_AUTHORIZATION_FAILED$/),
    })
    await expect(client.deleteTopic(topic)).rejects.toMatchObject({
      code: 'TOPIC_AUTHORIZATION_FAILED',
    })
  })
})
