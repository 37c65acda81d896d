import {
  RinglogError,
  endsWithin,
  type Blocking,
  type ClientReport,
  type Clock,
  type EngineCallOptions,
  type EngineUser,
  type GroupChange,
  type GroupMembership,
  type JoinGroupRequest,
  type ListOffsetsOptions,
  type ListedOffset,
  type LogEngine,
  type OpenPartition,
  type OpenPartitionsRequest,
  type PartitionAppender,
  type ProducerDescription,
  type ProducerIdentity,
  type TopicLookupOptions,
  type TopicMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from './cluster.ts'
import { ClusterConsumerEngine } from './consumer/cluster-consumer-engine.ts'
import type { FollowerLink } from './follower/follower-link.ts'
import { ClusterProducerEngine } from './producer/cluster-producer-engine.ts'

/**
 * The log of a cluster, as producers and consumers see it.
 *
 * Thread: the client's.
 */
export class ClusterEngine implements LogEngine {
  readonly clock: Clock
  readonly #cluster: Cluster
  readonly #producers: ClusterProducerEngine
  readonly #consumers: ClusterConsumerEngine
  readonly #users = new Set<EngineUser>()
  readonly #hurried = Promise.withResolvers<null>()

  /** @param link `null`: every consumer fetches for itself. */
  constructor(cluster: Cluster, link: FollowerLink | null) {
    this.#cluster = cluster
    this.clock = cluster.clock
    this.#producers = new ClusterProducerEngine(cluster)
    this.#consumers = new ClusterConsumerEngine(cluster, link)
  }

  get blocking(): Blocking {
    return this.#consumers.blocking
  }

  closedError(): RinglogError | null {
    return this.#cluster.closedError()
  }

  attach(user: EngineUser): () => void {
    this.#users.add(user)
    return () => this.#users.delete(user)
  }

  keepAlive(): () => void {
    const releases = [this.#cluster.connections.hold(), this.#consumers.hold()]
    return () => {
      for (const release of releases) release()
    }
  }

  /**
   * Closes what was made on it, then its connections; then throws the first error of it, once.
   *
   * @param timeoutMs After that, what is not done fails; of several calls the most impatient counts.
   */
  async close(timeoutMs = Infinity): Promise<void> {
    const closing = this.#close()
    const ended = closing.catch(() => undefined)
    if (!(await endsWithin(ended, { timeoutMs }, this.clock))) this.#hurry()
    await closing
  }

  /** Each call for itself: one from a listener must not wait for another that waits for the listener. */
  async #close(): Promise<void> {
    const closed = Promise.allSettled([...this.#users].map((user) => user.close()))
    const outcomes = await Promise.race([closed, this.#hurried.promise])
    await this.#consumers.close()
    this.#producers.close()
    this.#cluster.close()
    const failed = outcomes?.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** What waits for the cluster waits no more. */
  #hurry(): void {
    const users = [...this.#users]
    this.#cluster.close()
    for (const user of users) user.fail(new RinglogError('BROKER_CLOSED'))
    this.#hurried.resolve(null)
  }

  /** What its producers and consumers tell of themselves. */
  reports(): ClientReport[] {
    return [...this.#users].flatMap((user) => user.report?.() ?? [])
  }

  /** This client has deleted the topic: its producers and consumers see it at once. */
  onTopicDeleted(topic: string): void {
    this.#producers.onTopicDeleted(topic)
    this.#consumers.onTopicDeleted(topic)
  }

  topicMetadata(topic: string, options: TopicLookupOptions): Promise<TopicMetadata> {
    return this.#producers.topicMetadata(topic, options)
  }

  topicNames(): Promise<string[]> {
    return this.#cluster.metadata.names(this.#cluster.apiDeadline())
  }

  producerIdentity(options?: EngineCallOptions): Promise<ProducerIdentity> {
    return this.#producers.producerIdentity(options)
  }

  openAppender(
    partition: TopicPartition,
    producer: ProducerDescription,
    options?: EngineCallOptions,
  ): Promise<PartitionAppender> {
    return this.#producers.openAppender(partition, producer, options)
  }

  isRetriable(error: RinglogError): boolean {
    return this.#producers.isRetriable(error)
  }

  noticeEnd(): void {
    this.#consumers.noticeEnd()
  }

  openPartitions(
    request: OpenPartitionsRequest,
    options?: EngineCallOptions,
  ): Promise<OpenPartition[]> {
    return this.#consumers.openPartitions(request, options)
  }

  listOffsets(
    partitions: readonly TopicPartition[],
    at: ListedOffset,
    options?: ListOffsetsOptions,
  ): Promise<Array<number | null>> {
    return this.#consumers.listOffsets(partitions, at, options)
  }

  joinGroup(
    request: JoinGroupRequest,
  ): Promise<{ membership: GroupMembership; change: GroupChange }> {
    return this.#consumers.joinGroup(request)
  }

  committedOffset(
    groupId: string,
    partition: TopicPartition,
    options?: EngineCallOptions,
  ): Promise<number | null> {
    return this.#consumers.committedOffset(groupId, partition, options)
  }

  /** Does nothing: commits take with them what is kept beside them. */
  describeCommits(): Promise<void> {
    return Promise.resolve()
  }

  closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    return this.#consumers.closePartitions(consumerId, partitions)
  }
}
