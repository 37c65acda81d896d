import { RinglogError, type FetchOptions, type TopicPartition } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import type { LogBounds } from './fetched-log.ts'
import { listOffsets } from './list-offsets.ts'

/** What a fetch asks the cluster when a leader sends it away. */
export class LeaderLookups {
  readonly #cluster: Cluster
  readonly #isolationLevel: FetchOptions['isolationLevel']

  constructor(cluster: Cluster, isolationLevel: FetchOptions['isolationLevel']) {
    this.#cluster = cluster
    this.#isolationLevel = isolationLevel
  }

  /**
   * Has the cluster say who leads a partition.
   *
   * @param topicId Of the topic that is read: one of the same name that was created since is another.
   * @returns `known`: the metadata has it; `deleted`: there is no such topic any more; `unknown`: try again later.
   */
  async leader(
    { topic, partition }: TopicPartition,
    topicId: string,
  ): Promise<'known' | 'deleted' | 'unknown'> {
    const { clock, metadata, config } = this.#cluster
    const deadlineMs = clock.nowMs() + Math.min(config.requestTimeoutMs, LOOK_UP_MS)
    try {
      const info = await metadata.topic(topic, { deadlineMs, isFresh: true })
      if (topicId !== info.topicId && !isNoId(topicId)) return 'deleted'
      await metadata.leader(topic, partition, { deadlineMs })
      return 'known'
    } catch (error) {
      return RinglogError.is(error, 'UNKNOWN_TOPIC_OR_PARTITION') ? 'deleted' : 'unknown'
    }
  }

  /** Where a log begins and ends; `null`: the cluster does not say so now. */
  async bounds(at: TopicPartition): Promise<LogBounds | null> {
    const { clock, config } = this.#cluster
    const options = {
      deadlineMs: clock.nowMs() + config.requestTimeoutMs,
      isolationLevel: this.#isolationLevel,
    }
    try {
      const [[logStartOffset], [endOffset]] = await Promise.all([
        listOffsets(this.#cluster, [at], 'earliest', options),
        listOffsets(this.#cluster, [at], 'latest', options),
      ])
      return { logStartOffset: logStartOffset!, endOffset: endOffset! }
    } catch {
      return null
    }
  }
}

/** Brokers before 2.8 give topics no ids. */
function isNoId(topicId: string): boolean {
  return /^[0-]*$/.test(topicId)
}

/** A topic that no broker knows for so long is gone. */
const LOOK_UP_MS = 5_000
