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
import type { TopicRecord } from '@ringlog/storage'
import { randomUUID } from 'node:crypto'
import type { TopicMemory } from '../../wire/controller-service.ts'
import { STARTS_AT_A_TIME } from '../../wire/partition-starts.ts'
import { MetadataWaiters } from './metadata-waiters.ts'
import { PartitionQuota } from './partition-quota.ts'
import type { DataDirectory } from '../storage/data-directory.ts'
import type { Partition, PartitionHosting, PartitionListener } from './partition.ts'
import { reopenFiles } from './start-partition.ts'
import { startPartitions, stopPartitions, type StartPartitions } from './start-partitions.ts'
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
  /** By name: topics of which something is still on disk. */
  readonly #deleting = new Map<string, Promise<void>>()
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
    this.#dataDirectory?.assertNotOwn(name)
    if (this.#topics.has(name) || this.#creating.has(name)) {
      throw new RinglogError('TOPIC_ALREADY_EXISTS', `topic ${name} exists`, {
        details: { topic: name },
      })
    }
    const storage = this.#dataDirectory === null ? 'memory' : 'disk'
    const config = resolveTopicConfig(given, this.#quota.left, storage)
    this.#creating.add(name)
    try {
      return await this.#create(name, config)
    } finally {
      this.#creating.delete(name)
    }
  }

  /** @throws RinglogError as `Admin.createPartitions` says. */
  async createPartitions(name: string, count: number): Promise<void> {
    const topic = this.topic(name)
    await topic.change(async () => {
      const { topicId, config } = topic
      const current = topic.partitions.length
      const added = this.#quota.checkGrowth(name, current, count)
      const partitions = await this.#start({ topic: name, topicId, first: current, config }, added)
      try {
        // What a crash leaves before this are folders of partitions that are added again.
        await this.#directoryOf(config)?.writeTopic(topicId, name, topic.configWith(count))
      } catch (error) {
        await stopPartitions(partitions)
        this.#quota.giveBack(added)
        throw error
      }
      topic.add(partitions)
      this.#tell('partitionsAdded', topic, partitions)
      this.#waiters.answer(topic.metadata())
    })
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR. */
  async delete(name: string): Promise<void> {
    const topic = this.topic(name)
    await topic.change(() => this.#track(this.#delete(topic)))
  }

  /**
   * Starts the topics that a former broker has left on disk; those whose deletion had begun are deleted. A partition
   * whose files are damaged is offline.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR, WORKER_CRASHED.
   */
  async recover(records: readonly TopicRecord[]): Promise<void> {
    const deleted = records.filter(({ state }) => state === 'deleting')
    for (const { topicId, topic, config } of deleted) {
      await this.#dataDirectory!.deleteFiles(topicId, topic, config.partitions)
    }
    const present = records.filter(({ state }) => state === 'active').values()
    const recoverInTurn = async (): Promise<void> => {
      for (const record of present) await this.#recover(record)
    }
    await Promise.all(Array.from({ length: STARTS_AT_A_TIME }, recoverInTurn))
  }

  /**
   * Starts a partition that is offline: see `Broker.restartPartition`.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE, KAFKA_STORAGE_ERROR.
   */
  async restart(at: TopicPartition, truncateCorrupt: boolean): Promise<void> {
    const topic = this.topic(at.topic)
    const partition = topic.partition(at.partition)
    await topic.change(() => reopenFiles(partition, truncateCorrupt, this.#listener))
    await partition.worker.restart()
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

  /** `null`: there is no such topic, or it has fewer partitions. */
  find({ topic, partition }: TopicPartition): Partition | null {
    return this.#topics.get(topic)?.partitions[partition] ?? null
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

  /** `null`: the broker has none. */
  get #dataDirectory(): DataDirectory | null {
    return this.#hosting.dataDirectory
  }

  /** `null`: the topic is in memory alone. */
  #directoryOf({ storage }: ResolvedTopicConfig): DataDirectory | null {
    return storage === 'disk' ? this.#dataDirectory : null
  }

  async #create(name: string, config: ResolvedTopicConfig): Promise<TopicDescription> {
    await this.#deleting.get(name)
    const topicId = randomUUID()
    const directory = this.#directoryOf(config)
    await directory?.writeTopic(topicId, name, config)
    let partitions: Partition[]
    try {
      partitions = await this.#start({ topic: name, topicId, first: 0, config }, config.partitions)
    } catch (error) {
      await this.#forget(topicId, name, config).catch(() => undefined)
      throw error
    }
    const topic = this.#add(name, topicId, config, partitions)
    this.#tell('created', topic, partitions)
    this.#waiters.answer(topic.metadata())
    return topic.description()
  }

  async #recover({ topicId, topic: name, config: written }: TopicRecord): Promise<void> {
    const config = resolveTopicConfig(givenOf(written), written.partitions, 'disk')
    const start = { topic: name, topicId, first: 0, config, isRecovery: true }
    const partitions = await this.#start(start, config.partitions)
    const topic = this.#add(name, topicId, config, partitions)
    this.#tell('created', topic, partitions)
  }

  #add(
    name: string,
    topicId: string,
    config: ResolvedTopicConfig,
    partitions: readonly Partition[],
  ): Topic {
    const topic = new Topic(name, topicId, config, partitions)
    this.#topics.set(name, topic)
    return topic
  }

  /** Starts partitions within the quota: all of them, or none. */
  async #start(
    start: Pick<StartPartitions, 'topic' | 'topicId' | 'first' | 'config' | 'isRecovery'>,
    count: number,
  ): Promise<Partition[]> {
    this.#quota.take(count)
    const listener = this.#listener
    const hosting = this.#hosting
    const cancelled = (): RinglogError | null => this.#closedError
    try {
      return await this.#track(startPartitions({ ...start, count, listener, hosting, cancelled }))
    } catch (error) {
      this.#quota.giveBack(count)
      throw error
    }
  }

  async #delete(topic: Topic): Promise<void> {
    const { name, topicId, config } = topic
    await this.#directoryOf(config)?.writeTopic(topicId, name, config, 'deleting')
    this.#topics.delete(name)
    this.#quota.giveBack(topic.partitions.length)
    topic.delete()
    this.#tell('deleted', topic, topic.partitions)
    const deadlineMs = this.#clock.nowMs() + DELETE_TIMEOUT_MS
    const reason = topicDeleted(name)
    const ended = Promise.all(
      topic.partitions.map(({ worker }) => worker.close(deadlineMs, reason)),
    )
    const gone = ended.then(() => this.#deleteFiles(topicId, name, config))
    // A topic of the same name has the same folders, and its groups the same keys.
    const settled = gone.catch(() => undefined).then(() => void this.#deleting.delete(name))
    this.#deleting.set(name, settled)
    await gone
  }

  /** A topic did not come to be: what of it is on disk goes, at the next start at the latest. */
  async #forget(topicId: string, name: string, config: ResolvedTopicConfig): Promise<void> {
    await this.#directoryOf(config)?.writeTopic(topicId, name, config, 'deleting')
    await this.#deleteFiles(topicId, name, config)
  }

  /** Once nothing of a topic runs any more: its files go, and what groups have committed there. */
  async #deleteFiles(topicId: string, name: string, config: ResolvedTopicConfig): Promise<void> {
    const directory = this.#directoryOf(config)
    if (directory === null) return
    await this.#listener.forgetOffsets()
    await directory.deleteFiles(topicId, name, config.partitions)
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

/** What a user would give for a topic that was created with this configuration, perhaps by an earlier release. */
function givenOf(config: ResolvedTopicConfig): TopicConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null))
}

function unknownTopic(topic: string): RinglogError {
  return new RinglogError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${topic}`, {
    details: { topic },
  })
}
