import { onTestFinished, expect, test } from 'vitest'
import { resolveClusterConfig } from '../../src/cluster-config.ts'
import { Cluster } from '../../src/cluster.ts'
import { commitOffsets, fetchOffsets } from '../../src/group/offsets.ts'
import { loadKafka } from '../../src/load-kafka.ts'
import { KAFKA, connect, createTopic, describeOnKafka, freshTopic } from '../kafka-rig.ts'

const UNKNOWN_TOPIC_ID = 100

describeOnKafka('a commit', () => {
  test('counts for the topic that was read, and for none that has its name since', async () => {
    const client = await connect()
    const topic = await createTopic(client)
    const { topicId: deleted } = await client.describeTopic(topic)
    await client.deleteTopic(topic)
    const { topicId } = await client.createTopic(topic)
    const { bootstrapServers } = KAFKA!
    const cluster = new Cluster(await loadKafka(), resolveClusterConfig({ bootstrapServers }))
    onTestFinished(() => cluster.close())
    await cluster.metadata.connect(cluster.apiDeadline())
    const groupId = freshTopic()
    const at = { topic, partition: 0 }
    const commit = (offset: number, id: string): Promise<number[]> =>
      commitOffsets(cluster, groupId, null, [{ ...at, topicId: id, offset }])

    await expect.poll(() => commit(7, deleted)).toEqual([UNKNOWN_TOPIC_ID])
    expect(await fetchOffsets(cluster, groupId, [at])).toEqual([])
    await expect.poll(() => commit(3, topicId)).toEqual([0])
    expect(await fetchOffsets(cluster, groupId, [at])).toMatchObject([{ ...at, offset: 3 }])
  })
})
