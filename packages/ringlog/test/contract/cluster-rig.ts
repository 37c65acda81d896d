import { RinglogError, type TopicConfig } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import { onTestFinished } from 'vitest'
import type { LogOwner } from './rig.ts'

/** What only a log within the process has: a topic of a cluster does without. */
const OF_THE_PROCESS = ['ringBytes', 'whenFull', 'gatingGroups', 'waitStrategy'] as const

/** A client of a cluster; the topics that a test makes by it, and the groups that it finds, go with the test. */
export async function connectForTest(bootstrapServers: string): Promise<LogOwner> {
  const client = await connectCluster({
    bootstrapServers,
    retryBackoffMs: 20,
    defaultApiTimeoutMs: 20_000,
  })
  const made = new Set<string>()
  const createTopic = client.createTopic.bind(client)
  client.createTopic = async (topic: string, given: TopicConfig = {}) => {
    const config = Object.fromEntries(
      Object.entries(given).filter(([name]) => !OF_THE_PROCESS.includes(name as never)),
    )
    try {
      return await createTopic(topic, config)
    } catch (error) {
      // A test that was broken off has left it.
      if (made.has(topic) || !RinglogError.is(error, 'TOPIC_ALREADY_EXISTS')) throw error
      await client.deleteTopic(topic)
      return await createTopic(topic, config)
    } finally {
      made.add(topic)
    }
  }
  onTestFinished(async () => {
    await client.close().catch(() => undefined)
    const admin = await connectCluster({ bootstrapServers, defaultApiTimeoutMs: 5_000 })
    for (const topic of made) await admin.deleteTopic(topic).catch(() => undefined)
    for (const group of await admin.listGroups())
      await admin.deleteGroup(group).catch(() => undefined)
    await admin.close()
  })
  return client
}
