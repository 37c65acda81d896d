import {
  RinglogError,
  awaitWithin,
  exponentialBackoffMs,
  unknownPartition,
  type Clock,
  type EngineCallOptions,
  type TopicLookupOptions,
} from '@ringlog/core/internal'
import type { ResolvedClusterConfig } from '../cluster-config.ts'
import { delay } from '../connection/broker-lane.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { ANY_NODE, type ClusterConnections } from '../connection/cluster-connections.ts'
import { errorOfTopic, isLastingError } from '../connection/cluster-errors.ts'
import type { Kafka } from '../load-kafka.ts'
import type { Leader, TopicInfo } from './topic-info.ts'
import { topicsIn, type MetadataResponse, type TopicOutcome } from './topics-in.ts'
import { UNKNOWN_TOPIC_OR_PARTITION } from '../connection/error-numbers.ts'

/** So long past a deadline of its own a question about a topic is awaited. */
export const ANSWER_GRACE_MS = 5_000

/** A topic as it was told last. */
interface KnownTopic {
  readonly info: TopicInfo
  readonly fetchedMs: number
  isStale: boolean
}

/**
 * What is known of the cluster: its brokers, its topics, and who leads their partitions. It is asked when somebody
 * needs to know, when what was known has proved wrong, and for topics in use every `metadataMaxAgeMs`.
 *
 * Thread: the client's.
 */
export class ClusterMetadata {
  readonly #kafka: Kafka
  readonly #config: ResolvedClusterConfig
  readonly #clock: Clock
  readonly #connections: ClusterConnections
  readonly #topics = new Map<string, KnownTopic>()
  /** By the topics that they are called for. */
  readonly #listeners = new Map<string, Set<(info: TopicInfo | null) => void>>()
  /** Topics that the next question is to be about. */
  #wanted = new Set<string>()
  #asking: Promise<ReadonlyMap<string, TopicOutcome>> | null = null
  #lastAskedMs = -Infinity
  #clusterId = ''
  #controllerId = ANY_NODE

  constructor(
    kafka: Kafka,
    config: ResolvedClusterConfig,
    clock: Clock,
    connections: ClusterConnections,
  ) {
    this.#kafka = kafka
    this.#config = config
    this.#clock = clock
    this.#connections = connections
  }

  /** Kafka's id of the cluster; `''` before a broker was reached. */
  get clusterId(): string {
    return this.#clusterId
  }

  /** The broker that changes to topics go to; `ANY_NODE`: none is known. */
  get controllerId(): number {
    return this.#controllerId
  }

  /**
   * Waits until a broker answers.
   *
   * @throws RinglogError what the last attempt failed with, at the deadline; at once what would not pass.
   */
  async connect(options: EngineCallOptions): Promise<void> {
    await this.#retrying(options, () => this.#askAbout([], options))
  }

  /**
   * What the cluster says of some topics now, or of all (`null`); of those that there are not, too.
   *
   * @throws RinglogError as `connect`.
   */
  describe(
    topics: readonly string[] | null,
    options: EngineCallOptions = {},
  ): Promise<ReadonlyMap<string, TopicOutcome>> {
    return this.#retrying(options, () => this.#askAbout(topics, options))
  }

  /** The names of all topics but the cluster's own, in alphabetical order. */
  async names(options: EngineCallOptions = {}): Promise<string[]> {
    const outcomes = await this.describe(null, options)
    const names: string[] = []
    for (const [topic, { info }] of outcomes) {
      if (info !== null && !info.isInternal) names.push(topic)
    }
    return names.sort()
  }

  /**
   * The topic, from memory where that is not stale, once it has more partitions than `morePartitionsThan`.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION where there is none by the deadline, TOPIC_AUTHORIZATION_FAILED, INVALID_TOPIC_EXCEPTION.
   */
  topic(
    topic: string,
    options: TopicLookupOptions & { readonly isFresh?: boolean } = {},
  ): Promise<TopicInfo> {
    const { morePartitionsThan = 0 } = options
    return this.#await(topic, options, (info) => {
      const count = info.partitions.length
      return count > morePartitionsThan ? info : unknownPartition(topic, morePartitionsThan, count)
    })
  }

  /**
   * Who leads a partition; waits while nobody does.
   *
   * @throws RinglogError as `topic`; UNKNOWN_TOPIC_OR_PARTITION where the topic has fewer partitions, LEADER_NOT_AVAILABLE
   *   at the deadline.
   */
  leader(topic: string, partition: number, options: EngineCallOptions = {}): Promise<Leader> {
    return this.#await(topic, options, (info) => {
      const found = info.partitions[partition]
      if (found === undefined) {
        throw unknownPartition(topic, partition, info.partitions.length)
      }
      if (found.leader >= 0 && this.#connections.endpointOf(found.leader) !== undefined) {
        return { nodeId: found.leader, leaderEpoch: found.leaderEpoch }
      }
      return new RinglogError(
        'LEADER_NOT_AVAILABLE',
        `partition ${partition} of topic ${topic} has no leader`,
        { details: { topic, partition } },
      )
    })
  }

  /** The topic as it was told last; `null`: it is not known, or was not there. */
  known(topic: string): TopicInfo | null {
    return this.#topics.get(topic)?.info ?? null
  }

  /** The leader as it was told last; `null`: to be asked for. */
  knownLeader(topic: string, partition: number): Leader | null {
    const known = this.#topics.get(topic)
    if (known === undefined || known.isStale) return null
    const found = known.info.partitions[partition]
    if (found === undefined || found.leader < 0) return null
    return { nodeId: found.leader, leaderEpoch: found.leaderEpoch }
  }

  /** What is known of a topic has proved wrong: it is asked for again before it is used. */
  markStale(topic: string): void {
    const known = this.#topics.get(topic)
    if (known !== undefined) known.isStale = true
  }

  /** The topic was deleted by this client. */
  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  /** What was known of all topics may be wrong: a broker is gone. */
  markAllStale(): void {
    for (const known of this.#topics.values()) known.isStale = true
  }

  /** Calls back with every answer about a topic; `null`: there is no such topic. Returns the end of that. */
  follow(topic: string, listener: (info: TopicInfo | null) => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(topic)
    }
  }

  /** Asks anew about the topics in use whose knowledge is too old. Called from time to time. */
  refreshOld(): void {
    const oldMs = this.#clock.nowMs() - this.#config.metadataMaxAgeMs
    const isOld = (topic: string): boolean => (this.#topics.get(topic)?.fetchedMs ?? 0) <= oldMs
    const old = [...this.#listeners.keys()].filter(isOld)
    if (old.length > 0) this.#askAbout(old, {}).catch(() => undefined)
  }

  /** Looks at a topic until `find` has what is looked for: an error that it returns may pass. */
  async #await<T>(
    topic: string,
    options: EngineCallOptions & { readonly isFresh?: boolean },
    find: (info: TopicInfo) => T | RinglogError,
  ): Promise<T> {
    const known = this.#topics.get(topic)
    if (known !== undefined && !known.isStale && options.isFresh !== true) {
      const found = find(known.info)
      if (!RinglogError.is(found)) return found
    }
    // Whoever does not wait learns all the same what the cluster answers to one question.
    const { deadlineMs = Infinity } = options
    const answeredByMs = Math.max(deadlineMs, this.#clock.nowMs() + ANSWER_GRACE_MS)
    const question = { signal: options.signal, deadlineMs: answeredByMs }
    return this.#retrying(options, async () => {
      const outcome = (await this.#askAbout([topic], question)).get(topic)
      if (outcome === undefined || outcome.info === null) {
        throw errorOfTopic(topic, outcome?.errorNumber ?? UNKNOWN_TOPIC_OR_PARTITION)
      }
      const found = find(outcome.info)
      if (RinglogError.is(found)) throw found
      return found
    })
  }

  /** Tries again, with backoff, what may succeed later. */
  async #retrying<T>(options: EngineCallOptions, attempt: () => Promise<T>): Promise<T> {
    const { deadlineMs = Infinity, signal } = options
    let last: RinglogError | null = null
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt()
      } catch (error) {
        const reason = error as RinglogError
        // That the time was over in the middle of an attempt says less than why the one before it failed.
        const isOver = RinglogError.is(reason, 'REQUEST_TIMED_OUT') && !('broker' in reason.details)
        if (isOver && last !== null) throw last
        if (signal?.aborted === true || !RinglogError.is(reason) || !mayPass(reason)) throw error
        const { retryBackoffMs } = this.#config
        const backoffMs = exponentialBackoffMs(retryBackoffMs, attempts, this.#clock.random())
        last = reason
        if (this.#clock.nowMs() + backoffMs >= deadlineMs) throw error
        const waits = delay(this.#clock, backoffMs)
        await awaitWithin(waits, 'metadata', { signal }, this.#clock)
      }
    }
  }

  /**
   * Asks a broker; questions that come together are asked together.
   *
   * @param topics `null`: about all.
   */
  async #askAbout(
    topics: readonly string[] | null,
    options: EngineCallOptions,
  ): Promise<ReadonlyMap<string, TopicOutcome>> {
    const { deadlineMs = Infinity, signal } = options
    const timeoutMs =
      deadlineMs === Infinity ? Infinity : Math.max(0, deadlineMs - this.#clock.nowMs())
    const asked = topics === null ? this.#ask(null) : this.#askTogether(topics)
    return awaitWithin(
      asked,
      'asking the cluster for its topics',
      { timeoutMs, signal },
      this.#clock,
    )
  }

  #askTogether(topics: readonly string[]): Promise<ReadonlyMap<string, TopicOutcome>> {
    for (const topic of topics) this.#wanted.add(topic)
    this.#asking ??= this.#whenDue()
    return this.#asking
  }

  async #whenDue(): Promise<ReadonlyMap<string, TopicOutcome>> {
    // All partitions of a broker that is gone find so at once: those that ask in this turn share a question.
    await Promise.resolve()
    const wanted = [...this.#wanted]
    this.#wanted = new Set()
    this.#asking = null
    return this.#ask(wanted)
  }

  async #ask(topics: string[] | null): Promise<ReadonlyMap<string, TopicOutcome>> {
    const apis = versionsOf(this.#kafka, this.#kafka.metadataV12.api, 'metadata', 4)
    this.#lastAskedMs = this.#clock.nowMs()
    const response: MetadataResponse = await this.#connections.request(
      ANY_NODE,
      apis,
      [topics, false, false],
      { takesErrors: true },
    )
    this.#connections.setNodes(
      new Map(response.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }])),
    )
    this.#clusterId = response.clusterId ?? ''
    this.#controllerId = response.controllerId
    const outcomes = topicsIn(response)
    for (const [topic, { info }] of outcomes) this.#learn(topic, info)
    return outcomes
  }

  #learn(topic: string, info: TopicInfo | null): void {
    if (info === null) this.#topics.delete(topic)
    else this.#topics.set(topic, { info, fetchedMs: this.#lastAskedMs, isStale: false })
    for (const listener of this.#listeners.get(topic) ?? []) listener(info)
  }
}

function mayPass(error: RinglogError): boolean {
  return error.retriable && !isLastingError(error)
}
