import {
  RinglogError,
  type EngineBase,
  type EngineCallOptions,
  type PartitionAppender,
  type ProducerDescription,
  type ProducerEngine,
  type ProducerIdentity,
  type TopicLookupOptions,
  type TopicMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'

type ProducerSide = Omit<ProducerEngine, keyof EngineBase | 'topicNames'>

/** The log of a cluster, as producers see it. */
export class ClusterProducerEngine implements ProducerSide {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async topicMetadata(topic: string, options: TopicLookupOptions): Promise<TopicMetadata> {
    const { partitions } = await this.#cluster.metadata.topic(topic, options)
    return {
      topic,
      partitions: { current: partitions.length, isDeleted: false },
      maxMessageBytes: 1_048_588,
    }
  }

  async producerIdentity(_options?: EngineCallOptions): Promise<ProducerIdentity> {
    throw new RinglogError('INVALID_REQUEST', 'no producers yet')
  }

  async openAppender(
    _at: TopicPartition,
    _producer: ProducerDescription,
    _options?: EngineCallOptions,
  ): Promise<PartitionAppender> {
    throw new RinglogError('INVALID_REQUEST', 'no producers yet')
  }

  isRetriable(error: RinglogError): boolean {
    return error.retriable
  }

  close(): void {}
}
