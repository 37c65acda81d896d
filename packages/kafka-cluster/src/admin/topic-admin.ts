import {
  RinglogError,
  assertTopicName,
  show,
  type EngineCallOptions,
  type PartitionDescription,
  type TopicDescription,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { errorOfTopic } from '../connection/cluster-errors.ts'
import { topicConfigValues } from '../metadata/topic-config-values.ts'
import type { TopicInfo } from '../metadata/topic-info.ts'
import { askController } from './ask-controller.ts'
import {
  MAX_INT32,
  requestedTopic,
  resolvedConfig,
  type ClusterTopicConfig,
} from './topic-configs.ts'
import { UNKNOWN_TOPIC_OR_PARTITION } from '../connection/error-numbers.ts'

/** A topic of a cluster, as `describeTopic` tells it. */
export interface ClusterTopicDescription extends TopicDescription {
  readonly partitions: ReadonlyArray<
    PartitionDescription & {
      /** The broker that leads it; -1: none does now. */
      readonly leader: number
      readonly replicas: readonly number[]
      readonly isr: readonly number[]
    }
  >
  /** How many brokers keep each partition. */
  readonly replicationFactor: number
  /** All of Kafka's configurations of it, by their own names. */
  readonly configs: Readonly<Record<string, string | null>>
}

/** The calls of a client that manage the topics of its cluster. */
export class TopicAdmin {
  readonly #cluster: Cluster
  readonly #onDeleted: (topic: string) => void

  /** @param onDeleted Is called with the name of a topic that was deleted by this client. */
  constructor(cluster: Cluster, onDeleted: (topic: string) => void) {
    this.#cluster = cluster
    this.#onDeleted = onDeleted
  }

  async create(topic: string, config?: ClusterTopicConfig): Promise<ClusterTopicDescription> {
    assertTopicName(topic)
    const { partitions, replicationFactor, configs } = requestedTopic(config)
    const { kafka, metadata } = this.#cluster
    const options = this.#cluster.apiDeadline()
    const apis = versionsOf(kafka, kafka.createTopicsV7.api, 'createTopics', 0)
    const request = {
      name: topic,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: [...configs],
    }
    await askController(this.#cluster, apis, [request], options, false)
    // Brokers hear of it one after another: it is there once its partitions have leaders.
    const info = await metadata.topic(topic, { ...options, isFresh: true })
    for (const { partition } of info.partitions) await metadata.leader(topic, partition, options)
    return this.#describe(info, options)
  }

  async delete(topic: string): Promise<void> {
    assertTopicName(topic)
    const { kafka, metadata } = this.#cluster
    const options = this.#cluster.apiDeadline()
    const apis = versionsOf(kafka, kafka.deleteTopicsV6.api, 'deleteTopics', 1)
    await askController(this.#cluster, apis, [{ name: topic }], options)
    this.#onDeleted(topic)
    metadata.forget(topic)
  }

  async createPartitions(topic: string, count: number): Promise<void> {
    assertTopicName(topic)
    if (!Number.isInteger(count) || count < 1 || count > MAX_INT32) {
      const message = `the number of partitions must be an integer of at least 1, got ${show(count)}`
      throw new RinglogError('INVALID_PARTITIONS', message)
    }
    const { kafka, metadata } = this.#cluster
    const options = this.#cluster.apiDeadline()
    const apis = versionsOf(kafka, kafka.createPartitionsV3.api, 'createPartitions', 0)
    const request = { name: topic, count, assignments: null }
    await askController(this.#cluster, apis, [request], options, false)
    metadata.markStale(topic)
    const info = await metadata.topic(topic, { ...options, morePartitionsThan: count - 1 })
    for (const { partition } of info.partitions) await metadata.leader(topic, partition, options)
  }

  async list(): Promise<string[]> {
    return this.#cluster.metadata.names(this.#cluster.apiDeadline())
  }

  async describe(topic: string): Promise<ClusterTopicDescription> {
    assertTopicName(topic)
    const options = this.#cluster.apiDeadline()
    return this.#describe(await this.find(topic, options), options)
  }

  /** The topic as it is now. @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  async find(topic: string, options: EngineCallOptions): Promise<TopicInfo> {
    const outcome = (await this.#cluster.metadata.describe([topic], options)).get(topic)
    if (outcome !== undefined && outcome.info !== null) return outcome.info
    throw errorOfTopic(topic, outcome?.errorNumber ?? UNKNOWN_TOPIC_OR_PARTITION)
  }

  async #describe(info: TopicInfo, options: EngineCallOptions): Promise<ClusterTopicDescription> {
    const configs = await topicConfigValues(this.#cluster, info.topic, null, options)
    const { topic, topicId, partitions } = info
    return {
      name: topic,
      topicId,
      partitions: partitions.map(({ partition, leader, replicas, isr }) => ({
        partition,
        state: leader >= 0 ? 'online' : 'offline',
        leader,
        replicas,
        isr,
      })),
      replicationFactor: partitions[0]?.replicas.length ?? 0,
      config: resolvedConfig(partitions.length, configs),
      configs: Object.fromEntries(configs),
    }
  }
}
