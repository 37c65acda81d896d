import { type FetchOptions, type TopicPartition } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import type { LogBounds } from './fetched-log.ts'
import { listOffsets } from './list-offsets.ts'
import { UNKNOWN_TOPIC_OR_PARTITION } from '../connection/error-numbers.ts'

/** What a fetch asks the cluster when a leader sends it away. */
export class LeaderLookups {
  readonly #cluster: Cluster
  readonly #isolationLevel: FetchOptions['isolationLevel']
  /** Of topics that the cluster did not know when it was asked last. */
  readonly #missingSinceMs = new Map<string, number>()

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
    const deadlineMs = clock.nowMs() + config.requestTimeoutMs
    try {
      const { info = null, errorNumber = 0 } =
        (await metadata.describe([topic], { deadlineMs })).get(topic) ?? {}
      if (info === null)
        return errorNumber === UNKNOWN_TOPIC_OR_PARTITION ? this.#onMissing(topic) : 'unknown'
      this.#missingSinceMs.delete(topic)
      if (topicId !== info.topicId && info.topicId !== '') return 'deleted'
      return metadata.knownLeader(topic, partition) === null ? 'unknown' : 'known'
    } catch {
      return 'unknown'
    }
  }

  /** A broker may know less than the others for a moment. */
  #onMissing(topic: string): 'deleted' | 'unknown' {
    const nowMs = this.#cluster.clock.nowMs()
    const sinceMs = this.#missingSinceMs.get(topic) ?? nowMs
    this.#missingSinceMs.set(topic, sinceMs)
    return nowMs - sinceMs >= MAX_SPREAD_MS ? 'deleted' : 'unknown'
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

/** A topic that no broker knows for so long is gone. */
const MAX_SPREAD_MS = 1_000
