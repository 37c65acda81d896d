import {
  RinglogError,
  clearTimer,
  setTimer,
  type LogClient,
  type TopicFilter,
} from '@ringlog/core/internal'

const MIN_WAIT_MS = 1
const MAX_WAIT_MS = 20

/** How far a group has to come: end offsets, by topic and partition. */
type Ends = ReadonlyMap<string, readonly number[]>

/**
 * Resolves when a group has committed all that is in its topics now. Topics that are deleted meanwhile
 * have nothing to wait for.
 *
 * @param signal Aborted: rejects with its reason.
 */
export async function drainGroup(
  client: LogClient,
  groupId: string,
  topics: TopicFilter,
  signal: AbortSignal,
): Promise<void> {
  const ends = await endsOf(client, groupId, topics)
  for (let waitMs = MIN_WAIT_MS; !(await isCommitted(client, groupId, ends));) {
    await wait(waitMs, signal)
    waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)
  }
}

async function endsOf(client: LogClient, groupId: string, topics: TopicFilter): Promise<Ends> {
  const names = topics.select(await client.listTopics())
  const ends = new Map<string, number[]>()
  for (const topic of names) {
    const offsets = await offsetsOf(client, groupId, topic)
    ends.set(
      topic,
      offsets.map(({ endOffset }) => endOffset),
    )
  }
  return ends
}

async function isCommitted(client: LogClient, groupId: string, ends: Ends): Promise<boolean> {
  for (const [topic, ofPartitions] of ends) {
    for (const offsets of await offsetsOf(client, groupId, topic)) {
      const end = ofPartitions[offsets.partition] ?? 0
      if (Math.max(offsets.committed ?? 0, offsets.logStartOffset) < end) return false
    }
  }
  return true
}

async function offsetsOf(
  client: LogClient,
  groupId: string,
  topic: string,
): ReturnType<LogClient['offsets']> {
  try {
    return await client.offsets(topic, groupId)
  } catch (error) {
    if (RinglogError.is(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return []
    throw error
  }
}

async function wait(waitMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const timer = setTimer(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, waitMs)
    const onAbort = (): void => {
      clearTimer(timer)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
