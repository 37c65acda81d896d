import { TopicFilter, type GroupSubscription, type TopicPartition } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'

/** The topics that a member subscribes to: those of a pattern, as far as there are any, looked for anew at times. */
export class SubscribedTopics {
  readonly #cluster: Cluster
  #subscription: GroupSubscription
  #topics: readonly string[] = []
  #fingerprint = ''
  #lookedMs = -Infinity
  readonly #nameOf = new Map<string, string>()
  readonly #idOf = new Map<string, string>()

  constructor(cluster: Cluster, subscription: GroupSubscription) {
    this.#cluster = cluster
    this.#subscription = subscription
  }

  /** In alphabetical order. */
  get topics(): readonly string[] {
    return this.#topics
  }

  /** The topics with their numbers of partitions, as text: another where there are more. */
  get fingerprint(): string {
    return this.#fingerprint
  }

  change(subscription: GroupSubscription): void {
    this.#subscription = subscription
    this.#lookedMs = -Infinity
  }

  async refreshIfOld(): Promise<void> {
    if (this.#cluster.clock.nowMs() - this.#lookedMs >= LOOK_EVERY_MS) await this.refresh()
  }

  /** Has the cluster say which topics there are, and what their ids are. */
  async refresh(): Promise<void> {
    const { metadata, clock, config } = this.#cluster
    const subscription = this.#subscription
    const names = 'topics' in subscription ? [...new Set(subscription.topics)].sort() : null
    const options = { deadlineMs: clock.nowMs() + config.requestTimeoutMs }
    const outcomes = await metadata.describe(names, options)
    if (subscription !== this.#subscription) return
    const filter = 'pattern' in subscription ? new TopicFilter(subscription.pattern) : null
    const found: string[] = []
    const counts: string[] = []
    for (const [topic, { info }] of outcomes) {
      if (info === null || (filter !== null && (info.isInternal || !filter.has(topic)))) continue
      this.#nameOf.set(info.topicId, topic)
      this.#idOf.set(topic, info.topicId)
      found.push(topic)
      counts.push(`${topic}:${info.partitions.length}`)
    }
    this.#topics = names ?? found.sort()
    this.#fingerprint = counts.sort().join()
    this.#lookedMs = clock.nowMs()
  }

  /** As the coordinator takes partitions. */
  byTopicId(
    partitions: readonly TopicPartition[],
  ): Array<{ topicId: string; partitions: number[] }> {
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
    return [...byTopic].map(([topic, of]) => ({
      topicId: this.#idOf.get(topic)!,
      partitions: of.map(({ partition }) => partition),
    }))
  }

  /** Partitions that the coordinator names by their topics' ids; of topics that are gone by now, none. */
  async named(
    assigned: ReadonlyArray<{ topicId: string; partitions: number[] }>,
  ): Promise<TopicPartition[]> {
    if (assigned.some(({ topicId }) => !this.#nameOf.has(topicId))) await this.refresh()
    return assigned.flatMap(({ topicId, partitions }) => {
      const topic = this.#nameOf.get(topicId)
      return topic === undefined ? [] : partitions.map((partition) => ({ topic, partition }))
    })
  }
}

/** How often it is looked for new topics. */
const LOOK_EVERY_MS = 5_000
