import {
  RinglogError,
  assertTopicName,
  resolveTopicConfig,
  systemClock,
  topicDeleted,
  type Clock,
  type ResolvedTopicConfig,
  type TopicConfig,
  type TopicDescription,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { TopicMemory } from '../../wire/controller-service.ts'
import { MetadataWaiters } from './metadata-waiters.ts'
import { PartitionQuota } from './partition-quota.ts'
import {
  startPartitions,
  type Partition,
  type PartitionHosting,
  type PartitionListener,
} from './partition.ts'
import { Topic } from './topic.ts'

/** What the workers of a deleted topic may take to end, before they are ended by force. */
const DELETE_TIMEOUT_MS = 5_000

/**
 * The topics of a broker, and the hosts of their partitions' threads.
 *
 * Thread: the controller's.
 */
export class TopicRegistry {
  readonly #quota: PartitionQuota
  readonly #listener: PartitionListener
  readonly #hosting: PartitionHosting
  readonly #clock: Clock
  readonly #topics = new Map<string, Topic>()
  /** Names of topics whose workers are still starting. */
  readonly #creating = new Set<string>()
  /** What is under way. */
  readonly #changes = new Set<Promise<unknown>>()
  readonly #listeners = new Set<(change: TopicChange) => void>()
  readonly #waiters: MetadataWaiters
  #closedError: RinglogError | null = null

  constructor(maxPartitions: number, listener: PartitionListener, hosting: PartitionHosting) {
    this.#hosting = hosting
    this.#clock = hosting.clock ?? systemClock
    this.#waiters = new MetadataWaiters(this.#clock)
    this.#quota = new PartitionQuota(maxPartitions)
    this.#listener = listener
  }

  /** Calls `listener` right after every change, until the returned function is called. */
  onChanged(listener: (change: TopicChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @throws RinglogError as `Admin.createTopic` says. */
  async create(name: unknown, given: TopicConfig | undefined): Promise<TopicDescription> {
    assertTopicName(name)
    if (this.#topics.has(name) || this.#creating.has(name)) {
      throw new RinglogError('TOPIC_ALREADY_EXISTS', `topic ${name} exists`, {
        details: { topic: name },
      })
    }
    const config = resolveTopicConfig(given, this.#quota.left)
    this.#creating.add(name)
    try {
      const partitions = await this.#start(name, 0, config.partitions, config)
      const topic = new Topic(name, config, partitions)
      this.#topics.set(name, topic)
      this.#tell('created', topic, topic.partitions)
      this.#waiters.answer(topic.metadata())
      return topic.description()
    } finally {
      this.#creating.delete(name)
    }
  }

  /** @throws RinglogError as `Admin.createPartitions` says. */
  async createPartitions(name: string, count: number): Promise<void> {
    const topic = this.topic(name)
    await topic.change(async () => {
      const current = topic.partitions.length
      const added = this.#quota.checkGrowth(name, current, count)
      const partitions = await this.#start(name, current, added, topic.config)
      topic.add(partitions)
      this.#tell('partitionsAdded', topic, partitions)
      this.#waiters.answer(topic.metadata())
    })
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  async delete(name: string): Promise<void> {
    const topic = this.topic(name)
    await topic.change(() => this.#track(this.#delete(topic)))
  }

  /** The topics that there are. */
  get all(): readonly Topic[] {
    return [...this.#topics.values()]
  }

  list(): string[] {
    return [...this.#topics.keys()].sort()
  }

  /** How many partitions each topic has. */
  partitionCounts(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { name, partitions } of this.#topics.values()) counts.set(name, partitions.length)
    return counts
  }

  /**
   * Resolves once the topic exists, and has more partitions than so many; rejects past the deadline, or
   * when the session that asks is over.
   */
  async metadata(
    name: string,
    deadlineMs: number,
    session: object,
    morePartitionsThan = 0,
  ): Promise<TopicMemory> {
    assertTopicName(name)
    const metadata = this.#topics.get(name)?.metadata()
    if (metadata !== undefined && metadata.partitionCount > morePartitionsThan) return metadata
    if (this.#closedError !== null) throw this.#closedError
    const wanted = { topic: name, morePartitionsThan }
    return this.#waiters.wait(wanted, deadlineMs, session, () => unknownTopic(name))
  }

  /** The session of a client is over: it waits for no topic any more. */
  sessionEnded(session: object): void {
    this.#waiters.failOf(session, new RinglogError('BROKER_CLOSED'))
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  topic(name: string): Topic {
    assertTopicName(name)
    const topic = this.#topics.get(name)
    if (topic === undefined) throw unknownTopic(name)
    return topic
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  partition({ topic, partition }: TopicPartition): Partition {
    return this.topic(topic).partition(partition)
  }

  /**
   * No consumer comes any more: workers refuse the appends that wait for one in a full ring, and those that die
   * without having appended anything are not started for ever.
   */
  expectClosing(): void {
    for (const { partitions } of this.all) {
      for (const { worker } of partitions) worker.expectClosing()
    }
  }

  /** Ends every partition's thread, and rejects the calls that wait for a topic. */
  async close(deadlineMs: number, error: RinglogError): Promise<void> {
    this.#closedError = error
    this.#waiters.failAll(error)
    const partitions = [...this.#topics.values()].flatMap((topic) => topic.partitions)
    await Promise.all(partitions.map(({ worker }) => worker.close(deadlineMs, error)))
    await Promise.allSettled(this.#changes)
  }

  /** Starts partitions within the quota: all of them, or none. */
  async #start(
    topic: string,
    first: number,
    count: number,
    config: ResolvedTopicConfig,
  ): Promise<Partition[]> {
    this.#quota.take(count)
    const listener = this.#listener
    const hosting = this.#hosting
    const cancelled = (): RinglogError | null => this.#closedError
    try {
      return await this.#track(
        startPartitions({ topic, first, count, config, listener, hosting, cancelled }),
      )
    } catch (error) {
      this.#quota.giveBack(count)
      throw error
    }
  }

  async #delete(topic: Topic): Promise<void> {
    this.#topics.delete(topic.name)
    this.#quota.giveBack(topic.partitions.length)
    topic.delete()
    this.#tell('deleted', topic, topic.partitions)
    const deadlineMs = this.#clock.nowMs() + DELETE_TIMEOUT_MS
    const reason = topicDeleted(topic.name)
    await Promise.all(topic.partitions.map(({ worker }) => worker.close(deadlineMs, reason)))
  }

  async #track<T>(change: Promise<T>): Promise<T> {
    this.#changes.add(change)
    try {
      return await change
    } finally {
      this.#changes.delete(change)
    }
  }

  #tell(type: TopicChange['type'], topic: Topic, partitions: readonly Partition[]): void {
    const change = { type, topic: topic.name, config: topic.config, partitions }
    for (const listener of this.#listeners) listener(change)
  }
}

/** A change of a topic, for listeners that follow all topics. */
export interface TopicChange {
  readonly type: 'created' | 'partitionsAdded' | 'deleted'
  readonly topic: string
  readonly config: ResolvedTopicConfig
  /** The partitions that were added, or are gone now. */
  readonly partitions: readonly Partition[]
}

function unknownTopic(topic: string): RinglogError {
  return new RinglogError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${topic}`, {
    details: { topic },
  })
}
