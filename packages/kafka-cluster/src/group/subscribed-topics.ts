import {
  RinglogError,
  matcherOf,
  type GroupSubscription,
  type PatternMatcher,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'

/** The topics that a member subscribes to: those of a pattern, as far as there are any, looked for anew at times. */
export class SubscribedTopics {
  readonly #cluster: Cluster
  #subscription: GroupSubscription
  #matcher: PatternMatcher
  #topics: readonly string[] = []
  #lookedMs = -Infinity
  readonly #nameOf = new Map<string, string>()

  constructor(cluster: Cluster, subscription: GroupSubscription) {
    this.#cluster = cluster
    this.#subscription = subscription
    this.#matcher = matcherOf(subscription)
  }

  /** In alphabetical order. */
  get topics(): readonly string[] {
    return this.#topics
  }

  change(subscription: GroupSubscription): void {
    this.#subscription = subscription
    this.#matcher = matcherOf(subscription)
    this.#lookedMs = -Infinity
  }

  async refreshIfOld(): Promise<void> {
    if (this.#cluster.clock.nowMs() - this.#lookedMs >= LOOK_EVERY_MS) await this.refresh()
  }

  /**
   * Has the cluster say which topics there are, and what their ids are.
   *
   * @throws RinglogError INVALID_REQUEST when its pattern takes too long on their names: see `isRefusal`.
   */
  async refresh(): Promise<void> {
    const { metadata, clock, config } = this.#cluster
    const subscription = this.#subscription
    const names = 'topics' in subscription ? [...new Set(subscription.topics)].sort() : null
    const options = { deadlineMs: clock.nowMs() + config.requestTimeoutMs }
    const outcomes = await metadata.describe(names, options)
    if (subscription !== this.#subscription) return
    const infos = [...outcomes.values()].flatMap(({ info }) => info ?? [])
    const existing = infos.filter(({ isInternal }) => names !== null || !isInternal)
    const found = new Set(this.#matcher.select(existing.map(({ topic }) => topic)))
    for (const { topic, topicId } of existing)
      if (found.has(topic)) this.#nameOf.set(topicId, topic)
    this.#topics = names ?? [...found]
    this.#lookedMs = clock.nowMs()
  }

  /** Partitions that the coordinator names by their topics' ids; of topics that are gone by now, none. */
  async named(
    assigned: ReadonlyArray<{ topicId: string; partitions: number[] }>,
  ): Promise<AssignedByTopicId[]> {
    if (assigned.some(({ topicId }) => !this.#nameOf.has(topicId))) await this.refresh()
    return assigned.flatMap(({ topicId, partitions }) => {
      const topic = this.#nameOf.get(topicId)
      return topic === undefined
        ? []
        : partitions.map((partition) => ({ topicId, topic, partition }))
    })
  }
}

/** A partition of one topic: another that has its name later has another id. */
export interface AssignedByTopicId extends TopicPartition {
  readonly topicId: string
}

/** Whether the topics cannot be looked at: a member must not go on with what its pattern found before. */
export function isRefusal(error: unknown): boolean {
  return RinglogError.is(error, 'INVALID_REQUEST')
}

/** How often it is looked for new topics. */
export const LOOK_EVERY_MS = 5_000
