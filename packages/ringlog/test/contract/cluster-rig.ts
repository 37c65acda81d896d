import { RinglogError, type Admin, type TopicConfig } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { LogOwner } from './rig.ts'
import { configOf } from './tested-cluster.ts'

/** What only a log within the process has: a topic of a cluster does without. */
const OF_THE_PROCESS = ['ringBytes', 'whenFull', 'gatingGroups', 'waitStrategy'] as const

/** A client waits for records that are held for a topic which never comes: no test waits with it. */
const CLOSE_TIMEOUT_MS = 3_000

/** The node's, and some more: hooks of tests may take 10 s. */
const MAX_SESSION_MS = 8_000

/** A client of a cluster; the topics that a test makes by it, and the groups that are new since, go with it. */
export async function connectForTest(bootstrapServers: string): Promise<LogOwner> {
  const client = await connectCluster(configOf(bootstrapServers))
  const made = new Set<string>()
  const others = new Set(await client.listGroups())
  const createTopic = client.createTopic.bind(client)
  client.createTopic = async (topic: string, given: TopicConfig = {}) => {
    const config = withoutRings(given)
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
    await client.close({ timeoutMs: CLOSE_TIMEOUT_MS }).catch(() => undefined)
    const admin = await connectCluster({ bootstrapServers, defaultApiTimeoutMs: 5_000 })
    const groups = (await admin.listGroups()).filter((group) => !others.has(group))
    const gone = [
      ...[...made].map((topic) => admin.deleteTopic(topic)),
      ...groups.map((group) => deleteGroup(admin, group)),
    ]
    await Promise.allSettled(gone)
    await admin.close()
  })
  return client
}

/** Deletes a group, once the sessions of members have ended that did not leave: the next test may have its name. */
async function deleteGroup(admin: Admin, group: string): Promise<void> {
  const untilMs = performance.now() + MAX_SESSION_MS
  for (;;) {
    try {
      return await admin.deleteGroup(group)
    } catch (error) {
      const isInUse = RinglogError.is(error, 'NON_EMPTY_GROUP') && performance.now() < untilMs
      if (!isInUse) throw error
      await sleep(100)
    }
  }
}

/** A configuration of a topic as a cluster takes it; what is none at all stays as it is. */
function withoutRings(given: TopicConfig): TopicConfig {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  const options = Object.entries(given)
  return Object.fromEntries(options.filter(([name]) => !OF_THE_PROCESS.includes(name as never)))
}
