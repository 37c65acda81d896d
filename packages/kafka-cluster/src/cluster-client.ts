import {
  CLIENT_HANDLE,
  LOG_ENGINE,
  checkWaitOptions,
  monotonicMs,
  type BrokerAddress,
  type BrokerMetrics,
  type ClientHandle,
  type EngineHolder,
  type GroupDescription,
  type HandleHolder,
  type LogClient,
  type LogEngine,
  type PartitionOffsets,
  type ResetTarget,
  type TopicPartition,
} from '@ringlog/core/internal'
import { threadId } from 'node:worker_threads'
import { clientMetrics } from './admin/client-metrics.ts'
import { GroupAdmin } from './admin/group-admin.ts'
import { RecordAdmin } from './admin/record-admin.ts'
import { TopicAdmin, type ClusterTopicDescription } from './admin/topic-admin.ts'
import type { ClusterTopicConfig } from './admin/topic-configs.ts'
import type { Cluster } from './cluster.ts'
import type { ClusterEngine } from './cluster-engine.ts'
import { nameOfEndpoint } from './connection/cluster-errors.ts'

/** A connection to a cluster, from one thread: what producers and consumers are made on. */
export class ClusterClient implements LogClient, EngineHolder, HandleHolder {
  /** `brokerId` is Kafka's id of the cluster, `name` the servers that were given. */
  readonly address: BrokerAddress
  readonly #engine: ClusterEngine
  readonly #cluster: Cluster
  readonly #handle: ClientHandle
  readonly #topics: TopicAdmin
  readonly #records: RecordAdmin
  readonly #groups: GroupAdmin
  readonly #startedMs = monotonicMs()

  /** @internal */
  constructor(cluster: Cluster, engine: ClusterEngine, handle: ClientHandle) {
    this.#cluster = cluster
    this.#engine = engine
    this.#handle = handle
    this.#topics = new TopicAdmin(cluster, (topic) => engine.onTopicDeleted(topic))
    this.#records = new RecordAdmin(cluster, this.#topics)
    this.#groups = new GroupAdmin(cluster)
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

  /** @internal */
  get [CLIENT_HANDLE](): ClientHandle {
    return this.#handle
  }

  /**
   * Creates a topic; resolves when its partitions have leaders.
   *
   * @throws RinglogError INVALID_TOPIC_EXCEPTION, TOPIC_ALREADY_EXISTS, INVALID_CONFIG, INVALID_PARTITIONS,
   *   INVALID_REPLICATION_FACTOR, POLICY_VIOLATION, CLUSTER_AUTHORIZATION_FAILED, TOPIC_AUTHORIZATION_FAILED.
   */
  async createTopic(topic: string, config?: ClusterTopicConfig): Promise<ClusterTopicDescription> {
    return this.#topics.create(topic, config)
  }

  /** Deletes a topic with all its records. @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  async deleteTopic(topic: string): Promise<void> {
    return this.#topics.delete(topic)
  }

  /**
   * Adds partitions to a topic; resolves when they have leaders. Producers of this client take them into account at
   * once, others as they learn of them.
   *
   * @param count How many partitions the topic is to have in all: more than it has.
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS.
   */
  async createPartitions(topic: string, count: number): Promise<void> {
    return this.#topics.createPartitions(topic, count)
  }

  /** The names of all topics but the cluster's own, in alphabetical order. */
  async listTopics(): Promise<string[]> {
    return this.#topics.list()
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  async describeTopic(topic: string): Promise<ClusterTopicDescription> {
    return this.#topics.describe(topic)
  }

  /**
   * Deletes the records of a partition that lie before an offset, whether or not anyone has read them.
   *
   * @param beforeOffset The first offset to keep; -1: the end, so that nothing is kept.
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, OFFSET_OUT_OF_RANGE past the end, POLICY_VIOLATION on a topic that
   *   is compacted alone; INVALID_REQUEST for what is no offset.
   */
  async deleteRecords(p: TopicPartition, beforeOffset: number): Promise<void> {
    return this.#records.delete(p, beforeOffset)
  }

  /**
   * Where each partition stands, and a group on it. Without a group, or with one that there is not, nothing is
   * committed. Where its members stand between two commits only they know: `position` is what is committed.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_GROUP_ID, GROUP_AUTHORIZATION_FAILED.
   */
  async offsets(topic: string, groupId?: string): Promise<PartitionOffsets[]> {
    return this.#records.offsets(topic, groupId)
  }

  /** The ids of all groups of the cluster, in alphabetical order. */
  async listGroups(): Promise<string[]> {
    return this.#groups.list()
  }

  /** @throws RinglogError GROUP_ID_NOT_FOUND, INVALID_GROUP_ID, GROUP_AUTHORIZATION_FAILED. */
  async describeGroup(groupId: string): Promise<GroupDescription> {
    return this.#groups.describe(groupId)
  }

  /**
   * Forgets a group with its offsets.
   *
   * @throws RinglogError GROUP_ID_NOT_FOUND, INVALID_GROUP_ID; NON_EMPTY_GROUP while a consumer of it is live.
   */
  async deleteGroup(groupId: string): Promise<void> {
    return this.#groups.delete(groupId)
  }

  /**
   * Sets the committed offsets of a group that is not in use.
   *
   * @throws RinglogError GROUP_ID_NOT_FOUND, INVALID_GROUP_ID, INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION;
   *   NON_EMPTY_GROUP while a consumer of it is live. Nothing is set then.
   */
  async resetGroupOffsets(groupId: string, to: ResetTarget): Promise<void> {
    return this.#groups.reset(groupId, to)
  }

  /**
   * How the producers and consumers of this client are: `clients`. What brokers count, the cluster tells by its own
   * means: it is 0 here.
   */
  async metrics(): Promise<BrokerMetrics> {
    this.#cluster.apiDeadline() // it is open
    return clientMetrics(this.#engine.reports(), monotonicMs() - this.#startedMs)
  }

  /**
   * Closes the producers and consumers made on it, then its connections. Idempotent.
   *
   * @param options.timeoutMs After that, what is not delivered is failed, and members of groups have not left: their
   *   sessions end by themselves. Default: none, each closes within the times of its configuration.
   * @throws RinglogError INVALID_REQUEST for an option that there is not, or a time that is none.
   * @throws What closing one of them rejects with: records that were not delivered, of which no other call
   *   has said so. The client is closed all the same.
   */
  async close(options: { timeoutMs?: number | undefined } = {}): Promise<void> {
    checkWaitOptions('close()', options, ['timeoutMs'])
    await this.#engine.close(options.timeoutMs)
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
