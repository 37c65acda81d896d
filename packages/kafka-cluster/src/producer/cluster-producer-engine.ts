import {
  unknownPartition,
  type EngineBase,
  type EngineCallOptions,
  type PartitionAppender,
  type ProducerDescription,
  type ProducerEngine,
  type ProducerIdentity,
  type RinglogError,
  type TopicLookupOptions,
  type TopicMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { ANY_NODE } from '../connection/cluster-connections.ts'
import { ANSWER_GRACE_MS } from '../metadata/cluster-metadata.ts'
import { ClusterAppender } from './cluster-appender.ts'
import { MessageLimits } from './message-limits.ts'
import { isRetriable } from './partition-outcome.ts'
import { produceApis } from './produce-api.ts'
import { ProducerIds } from './producer-ids.ts'
import { ProducerSenders } from './producer-senders.ts'
import { TopicCounts } from './topic-counts.ts'

type ProducerSide = Omit<ProducerEngine, keyof EngineBase | 'topicNames'>

/** Kafka's default; it has a meaning for transactions alone. */
const TRANSACTION_TIMEOUT_MS = 60_000
/** Of a producer that begins: an id that there is not yet. */
const NO_PRODUCER: readonly [id: bigint, epoch: number] = [-1n, -1]

/** The log of a cluster, as producers see it. */
export class ClusterProducerEngine implements ProducerSide {
  readonly #cluster: Cluster
  readonly #apis
  readonly #ids = new ProducerIds()
  readonly #counts: TopicCounts
  readonly #limits: MessageLimits
  readonly #senders = new Map<ProducerDescription, ProducerSenders>()
  #nextProducer = 1

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#apis = produceApis(cluster.kafka)
    this.#counts = new TopicCounts(cluster.metadata)
    this.#limits = new MessageLimits(cluster)
  }

  async topicMetadata(topic: string, options: TopicLookupOptions): Promise<TopicMetadata> {
    const info = await this.#cluster.metadata.topic(topic, options)
    const { deadlineMs = Infinity, signal } = options
    const answeredByMs = Math.max(deadlineMs, this.#cluster.clock.nowMs() + ANSWER_GRACE_MS)
    const maxMessageBytes = await this.#limits.of(info, { deadlineMs: answeredByMs, signal })
    return { topic, partitions: this.#counts.of(info), maxMessageBytes }
  }

  async producerIdentity(options: EngineCallOptions = {}): Promise<ProducerIdentity> {
    const { kafka, connections } = this.#cluster
    const apis = versionsOf(kafka, kafka.initProducerIdV4.api, 'initProducerId', 0)
    const args = [null, TRANSACTION_TIMEOUT_MS, ...NO_PRODUCER] as const
    const answer = await connections.request(ANY_NODE, apis, [...args], options)
    const { producerId, producerEpoch } = answer
    return { producerId: this.#ids.numberFor(producerId), producerEpoch }
  }

  async openAppender(
    at: TopicPartition,
    producer: ProducerDescription,
    options: EngineCallOptions = {},
  ): Promise<PartitionAppender> {
    const { topic, partition } = at
    const info = await this.#cluster.metadata.topic(topic, options)
    if (info.partitions[partition] === undefined) {
      throw unknownPartition(topic, partition, info.partitions.length)
    }
    const count = this.#counts.of(info)
    const senders = this.#sendersOf(producer)
    senders.users++
    return new ClusterAppender(
      { topic, partition },
      {
        cluster: this.#cluster,
        ids: this.#ids,
        count,
        senderTo: (nodeId) => senders.to(nodeId),
        onClose: () => this.#onAppenderClosed(producer, senders),
      },
    )
  }

  isRetriable(error: RinglogError): boolean {
    return isRetriable(error)
  }

  /** This client has deleted the topic: producers see it at once. */
  onTopicDeleted(topic: string): void {
    this.#counts.delete(topic)
    this.#limits.forget(topic)
  }

  close(): void {
    this.#counts.close()
  }

  #sendersOf(producer: ProducerDescription): ProducerSenders {
    let senders = this.#senders.get(producer)
    if (senders === undefined) {
      const acks = producer.acks === 'all' ? -1 : producer.acks
      const lane = `producer ${this.#nextProducer++}`
      senders = new ProducerSenders({ cluster: this.#cluster, apis: this.#apis, acks, lane })
      this.#senders.set(producer, senders)
    }
    return senders
  }

  #onAppenderClosed(producer: ProducerDescription, senders: ProducerSenders): void {
    if (--senders.users > 0) return
    this.#senders.delete(producer)
    senders.close()
  }
}
