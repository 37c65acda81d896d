import type { Draft } from './draft.ts'
import type { PoolSpec } from './program.ts'

export function generatePool({ random, topics, groups }: Draft, name: string): PoolSpec {
  const group = random.pick(groups)
  const others = topics.filter((topic) => !group.topics.includes(topic.name) && !topic.isMortal)
  return {
    kind: 'pool',
    name,
    config: {
      groupId: group.id,
      assignor: group.assignor,
      autoOffsetReset: group.autoOffsetReset,
      threads: random.integer(1, 2),
      concurrency: random.pick(['partition', 'key'] as const),
      maxAttempts: 3,
      retryBackoffMs: 5,
      maxPollRecords: random.pick([5, 100]),
    },
    topics: group.topics,
    handler: {
      slowMs: random.pick([0, 0, 2, 20]),
      failsEvery: random.weighted([
        [3, 0],
        [1, 50],
      ]),
      output: others.length > 0 ? random.pick(others).name : null,
    },
  }
}
