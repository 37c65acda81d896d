import { systemClock } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import type { Cluster } from '../../src/cluster.ts'
import { findTopics } from '../../src/consumer/find-topics.ts'

const UNKNOWN_TOPIC_OR_PARTITION = 3

/** No topic is there; answers as long as there is time. */
function describe(topics: readonly string[], { deadlineMs }: { deadlineMs: number }) {
  if (systemClock.nowMs() >= deadlineMs) return Promise.reject(new Error('there was no time'))
  const outcome = { info: null, errorNumber: UNKNOWN_TOPIC_OR_PARTITION }
  return Promise.resolve(new Map(topics.map((topic) => [topic, outcome])))
}

function emptyCluster(): Cluster {
  return {
    clock: systemClock,
    config: { retryBackoffMs: 20 },
    metadata: { describe, known: () => null },
  } as unknown as Cluster
}

test('a call whose time is over tells that there is no such topic, for that is what it was told', async () => {
  for (const timeoutMs of [1, 10, 30, 100]) {
    const finding = findTopics(emptyCluster(), [{ topic: 'none', partition: 0 }], {
      deadlineMs: systemClock.nowMs() + timeoutMs,
    })
    await expect(finding).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: 'there is no topic none',
    })
  }
})
