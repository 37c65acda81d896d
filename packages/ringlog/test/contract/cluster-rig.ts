import { RinglogError, type TopicConfig } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { LogOwner } from './rig.ts'

/** What only a log within the process has: a topic of a cluster does without. */
const OF_THE_PROCESS = ['ringBytes', 'whenFull', 'gatingGroups', 'waitStrategy'] as const

/** A client waits for records that are held for a topic which never comes: no test waits with it. */
const CLOSE_TIMEOUT_MS = 2_000

/** A client of a cluster; the topics that a test makes by it, and the groups that are new since, go with it. */
export async function connectForTest(bootstrapServers: string): Promise<LogOwner> {
  const client = await connectCluster({
    bootstrapServers,
    retryBackoffMs: 20,
    defaultApiTimeoutMs: 20_000,
  })
  const made = new Set<string>()
  const others = new Set(await client.listGroups())
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
    const closed = client.close().catch(() => undefined)
    await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS)])
    const admin = await connectCluster({ bootstrapServers, defaultApiTimeoutMs: 5_000 })
    const groups = (await admin.listGroups()).filter((group) => !others.has(group))
    const gone = [
      ...[...made].map((topic) => admin.deleteTopic(topic)),
      ...groups.map((group) => admin.deleteGroup(group)),
    ]
    await Promise.allSettled(gone)
    await admin.close()
  })
  return client
}
