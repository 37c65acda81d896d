import {
  LOG_ENGINE,
  type BrokerAddress,
  type EngineHolder,
  type LogEngine,
} from '@ringlog/core/internal'
import { threadId } from 'node:worker_threads'
import { TopicAdmin, type ClusterTopicDescription } from './admin/topic-admin.ts'
import type { ClusterTopicConfig } from './admin/topic-configs.ts'
import type { Cluster } from './cluster.ts'
import type { ClusterEngine } from './cluster-engine.ts'
import { nameOfEndpoint } from './connection/cluster-errors.ts'

/** A connection to a cluster, from one thread: what producers and consumers are made on. */
export class ClusterClient implements EngineHolder, AsyncDisposable {
  /** `brokerId` is Kafka's id of the cluster, `name` the servers that were given. */
  readonly address: BrokerAddress
  readonly #engine: ClusterEngine
  readonly #topics: TopicAdmin

  /** @internal */
  constructor(cluster: Cluster, engine: ClusterEngine) {
    this.#engine = engine
    this.#topics = new TopicAdmin(cluster, (topic) => engine.onTopicDeleted(topic))
    this.address = {
      brokerId: cluster.metadata.clusterId,
      name: cluster.config.bootstrapServers.map(nameOfEndpoint).join(','),
      processId: process.pid,
      controllerThreadId: threadId,
    }
  }

  /** @internal */
  get [LOG_ENGINE](): LogEngine {
    return this.#engine
  }

  /**
   * Creates a topic; resolves when its partitions have leaders.
   *
   * @throws RinglogError INVALID_TOPIC_EXCEPTION, TOPIC_ALREADY_EXISTS, INVALID_CONFIG, INVALID_PARTITIONS,
   *   INVALID_REPLICATION_FACTOR, POLICY_VIOLATION, CLUSTER_AUTHORIZATION_FAILED, TOPIC_AUTHORIZATION_FAILED.
   */
  createTopic(topic: string, config?: ClusterTopicConfig): Promise<ClusterTopicDescription> {
    return this.#topics.create(topic, config)
  }

  /** Deletes a topic with all its records. @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  deleteTopic(topic: string): Promise<void> {
    return this.#topics.delete(topic)
  }

  /**
   * Adds partitions to a topic; resolves when they have leaders. Producers of this client take them into account at
   * once, others as they learn of them.
   *
   * @param count How many partitions the topic is to have in all: more than it has.
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS.
   */
  createPartitions(topic: string, count: number): Promise<void> {
    return this.#topics.createPartitions(topic, count)
  }

  /** The names of all topics but the cluster's own, in alphabetical order. */
  listTopics(): Promise<string[]> {
    return this.#topics.list()
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  describeTopic(topic: string): Promise<ClusterTopicDescription> {
    return this.#topics.describe(topic)
  }

  /**
   * Closes the producers and consumers made on it, then its connections. Idempotent.
   *
   * @throws What closing one of them rejects with: records that were not delivered, of which no other call
   *   has said so. The client is closed all the same.
   */
  close(): Promise<void> {
    return this.#engine.close()
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
