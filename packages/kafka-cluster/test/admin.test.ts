import { Consumer } from '@ringlog/consumer'
import { expect, onTestFinished, test } from 'vitest'
import type { ClusterClient } from '../src/index.ts'
import {
  KAFKA,
  connect,
  createTopic,
  describeOnKafka,
  freshTopic,
  producerOn,
} from './kafka-rig.ts'

/** A topic with records `0` to `count - 1` in its only partition. */
async function filledTopic(client: ClusterClient, count: number): Promise<string> {
  const topic = await createTopic(client)
  const producer = producerOn(client)
  const timestamps = Array.from({ length: count }, (_, index) => 1_000 + index)
  await Promise.all(
    timestamps.map((timestamp, index) => producer.send({ topic, value: String(index), timestamp })),
  )
  return topic
}

/** A group that has committed `offset`, and that nobody uses. */
async function committedGroup(
  client: ClusterClient,
  topic: string,
  offset: number,
): Promise<string> {
  const groupId = freshTopic()
  const consumer = new Consumer(client, { groupId, autoCommit: false })
  await consumer.assign([{ topic, partition: 0 }])
  await consumer.commit([{ topic, partition: 0, offset }])
  await consumer.close()
  return groupId
}

describeOnKafka('the admin calls of a cluster', () => {
  test('create, describe, enlarge, list and delete a topic', async () => {
    const client = await connect()
    const { nodeId } = KAFKA!
    const topic = freshTopic()
    const made = await client.createTopic(topic, {
      partitions: 2,
      replicationFactor: 1,
      retentionMs: 3_600_000,
      cleanupPolicy: 'compact',
      configs: { 'min.insync.replicas': '1' },
    })
    expect(made).toMatchObject({
      name: topic,
      partitions: [
        { partition: 0, state: 'online', leader: nodeId, replicas: [nodeId], isr: [nodeId] },
        { partition: 1, state: 'online' },
      ],
      replicationFactor: 1,
      config: { partitions: 2, retentionMs: 3_600_000, cleanupPolicy: ['compact'], flushMs: null },
      configs: { 'min.insync.replicas': '1' },
    })
    expect(await client.listTopics()).toContain(topic)
    await client.createPartitions(topic, 3)
    expect((await client.describeTopic(topic)).partitions).toHaveLength(3)
    await client.deleteTopic(topic)
    expect(await client.listTopics()).not.toContain(topic)
  })

  test('refuse what is wrong, by Kafka’s codes', async () => {
    const client = await connect()
    const topic = await createTopic(client)
    await expect(client.createTopic(topic)).rejects.toMatchObject({ code: 'TOPIC_ALREADY_EXISTS' })
    await expect(client.createTopic('a b')).rejects.toMatchObject({
      code: 'INVALID_TOPIC_EXCEPTION',
    })
    const tooMany = client.createTopic(freshTopic(), { replicationFactor: 3 })
    await expect(tooMany).rejects.toMatchObject({ code: 'INVALID_REPLICATION_FACTOR' })
    const unknown = client.createTopic(freshTopic(), { configs: { 'no.such': '1' } })
    await expect(unknown).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    const ofTheProcess = client.createTopic(freshTopic(), { whenFull: 'block' } as never)
    await expect(ofTheProcess).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('whenFull is for topics within the process'),
    })
    const wrongKind = { timestampType: 'now', retentionMs: 'long' } as never
    await expect(client.createTopic(freshTopic(), wrongKind)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      details: { faults: [{ option: 'timestampType' }, { option: 'retentionMs' }] },
    })
    const invalidPartitions = { code: 'INVALID_PARTITIONS' }
    const none = client.createTopic(freshTopic(), { partitions: 0 })
    await expect(none).rejects.toMatchObject(invalidPartitions)
    await expect(client.createPartitions(topic, 1)).rejects.toMatchObject(invalidPartitions)
    const missing = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
    await expect(client.describeTopic(freshTopic())).rejects.toMatchObject(missing)
    await expect(client.deleteTopic(freshTopic())).rejects.toMatchObject(missing)
    await expect(client.createPartitions(freshTopic(), 2)).rejects.toMatchObject(missing)
  })

  test('delete records, and tell where a partition stands', async () => {
    const client = await connect()
    const topic = await filledTopic(client, 10)
    await client.deleteRecords({ topic, partition: 0 }, 4)
    const [standing] = await client.offsets(topic)
    expect(standing).toEqual({
      partition: 0,
      logEndOffset: 9,
      currentOffset: -1,
      committedOffset: -1,
      logStartOffset: 4,
      endOffset: 10,
      position: null,
      committed: null,
      lag: 6,
    })
    await expect(client.deleteRecords({ topic, partition: 0 }, 11)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    })
    await client.deleteRecords({ topic, partition: 0 }, -1)
    expect(await client.offsets(topic)).toMatchObject([{ logStartOffset: 10, endOffset: 10 }])
  })

  test('list, describe, reset and delete a group that nobody uses', async () => {
    const client = await connect()
    const topic = await filledTopic(client, 10)
    const groupId = await committedGroup(client, topic, 5)
    expect(await client.listGroups()).toContain(groupId)
    expect(await client.describeGroup(groupId)).toMatchObject({
      groupId,
      state: 'empty',
      members: [],
      partitions: [{ topic, partition: 0, committed: 5, endOffset: 10, lag: 5, memberId: null }],
    })
    const committedAfter = async (to: Parameters<ClusterClient['resetGroupOffsets']>[1]) => {
      await client.resetGroupOffsets(groupId, to)
      return (await client.offsets(topic, groupId))[0]?.committed
    }
    expect(await committedAfter({ shift: -2 })).toBe(3)
    expect(await committedAfter({ timestamp: 1_007 })).toBe(7)
    expect(await committedAfter({ offset: 99 })).toBe(10)
    expect(await committedAfter('earliest')).toBe(0)
    expect(await committedAfter({ to: 'latest', partitions: [{ topic, partition: 0 }] })).toBe(10)
    await client.deleteGroup(groupId)
    expect(await client.listGroups()).not.toContain(groupId)
  })

  test('say that there is no such group', async () => {
    const client = await connect()
    const missing = { code: 'GROUP_ID_NOT_FOUND' }
    const groupId = freshTopic()
    await expect(client.describeGroup(groupId)).rejects.toMatchObject(missing)
    await expect(client.deleteGroup(groupId)).rejects.toMatchObject(missing)
    await expect(client.resetGroupOffsets(groupId, 'latest')).rejects.toMatchObject(missing)
    await expect(client.describeGroup('')).rejects.toMatchObject({ code: 'INVALID_GROUP_ID' })
  })

  test('leave out of a group what it has committed on a topic that is gone', async () => {
    const client = await connect()
    const topic = await filledTopic(client, 3)
    const groupId = freshTopic()
    const consumer = new Consumer(client, { groupId })
    onTestFinished(() => consumer.close())
    await consumer.assign([{ topic, partition: 0 }])
    await consumer.poll({ timeoutMs: 5_000 })
    await consumer.commit()
    await consumer.close()
    await client.deleteTopic(topic)
    expect((await client.describeGroup(groupId)).partitions).toEqual([])
    await client.resetGroupOffsets(groupId, 'earliest')
  })

  test('leave a group alone that has members', async () => {
    const client = await connect()
    const topic = await filledTopic(client, 3)
    const groupId = freshTopic()
    const consumer = new Consumer(client, { groupId, clientId: 'billing-1' })
    onTestFinished(() => consumer.close())
    await consumer.subscribe([topic])
    await consumer.poll({ timeoutMs: 5_000 })
    expect(await client.describeGroup(groupId)).toMatchObject({
      state: 'stable',
      members: [{ clientId: 'billing-1', assignment: [{ topic, partition: 0 }] }],
    })
    const inUse = { code: 'NON_EMPTY_GROUP' }
    await expect(client.resetGroupOffsets(groupId, 'latest')).rejects.toMatchObject(inUse)
    await expect(client.deleteGroup(groupId)).rejects.toMatchObject(inUse)
  })

  test('tell of the client’s own producers and consumers', async () => {
    const client = await connect()
    const topic = await createTopic(client)
    await producerOn(client, { clientId: 'shop' }).send({ topic, value: 'a' })
    const { clients } = await client.metrics()
    expect(clients).toMatchObject([
      { kind: 'producer', clientId: 'shop', metrics: { recordSendTotal: 1 } },
    ])
  })
})
