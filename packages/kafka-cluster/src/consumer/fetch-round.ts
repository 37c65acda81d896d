import type { FetchOptions } from '@ringlog/core/internal'
import type { FetchEntry } from './fetch-entry.ts'
import type { FetchPartition, FetchQuestion, FetchTopic } from './fetch-question.ts'

/** What is asked for at one moment, by leader. */
export class FetchRound {
  readonly byLeader = new Map<number, FetchEntry[]>()
  readonly #options: FetchOptions
  readonly #maxBytes: number
  readonly #leaderEpochs = new Map<FetchEntry, number>()

  /** @param maxBytes Of all answers of the round. */
  constructor(options: FetchOptions, maxBytes: number) {
    this.#options = options
    this.#maxBytes = maxBytes
  }

  add(entry: FetchEntry, leader: { readonly nodeId: number; readonly leaderEpoch: number }): void {
    this.#leaderEpochs.set(entry, leader.leaderEpoch)
    const asked = this.byLeader.get(leader.nodeId)
    if (asked === undefined) this.byLeader.set(leader.nodeId, [entry])
    else asked.push(entry)
  }

  questionOf(asked: readonly FetchEntry[]): FetchQuestion {
    const { maxPartitionBytes, isolationLevel } = this.#options
    const topics = new Map<string, FetchTopic & { partitions: FetchPartition[] }>()
    for (const entry of asked) {
      const { log, topicId } = entry
      const { topic, partition } = log.at
      let of = topics.get(topic)
      if (of === undefined) topics.set(topic, (of = { topic, topicId, partitions: [] }))
      of.partitions.push({
        partition,
        leaderEpoch: this.#leaderEpochs.get(entry)!,
        offset: log.fetchOffset,
        lastFetchedEpoch: log.lastFetchedEpoch,
        maxBytes: Math.max(maxPartitionBytes, 1),
      })
    }
    return {
      maxWaitMs: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: Math.min(Math.ceil(this.#maxBytes / this.byLeader.size), MAX_INT32),
      isolationLevel: isolationLevel === 'read_committed' ? 1 : 0,
      topics: [...topics.values()],
    }
  }
}

/** How long a broker waits where there is nothing: Kafka's default of `fetch.max.wait.ms`. */
const MAX_WAIT_MS = 500
const MAX_INT32 = 0x7fff_ffff
