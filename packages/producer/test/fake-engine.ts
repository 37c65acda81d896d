import {
  PartitionCountWord,
  type Clock,
  type EngineUser,
  type PartitionAppender,
  type ProducerEngine,
  type ProducerIdentity,
  type RinglogError,
  type TopicLookupOptions,
  type TopicMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'

/** What a test decides of its log. */
export interface FakeEngineParts {
  readonly clock: Clock
  /** Whether the log is worth another attempt after an error, at whatever. */
  isRetriable(error: RinglogError): boolean
  openAppender(at: TopicPartition): PartitionAppender | Promise<PartitionAppender>
  producerIdentity?(): ProducerIdentity | Promise<ProducerIdentity>
  /** Answers once there are more partitions than so many. */
  untilMorePartitions?(count: number, options: TopicLookupOptions): Promise<void>
  readonly maxMessageBytes?: number
}

/** A log of one topic, of as many partitions as a test says; `partitions` is the only memory it shares. */
export class FakeEngine implements ProducerEngine {
  readonly clock: Clock
  readonly partitions = new PartitionCountWord()
  readonly users = new Set<EngineUser>()
  /** How many things keep the thread alive now. */
  holds = 0
  closed: RinglogError | null = null
  readonly #parts: FakeEngineParts

  constructor(parts: FakeEngineParts) {
    this.#parts = parts
    this.clock = parts.clock
  }

  closedError(): RinglogError | null {
    return this.closed
  }

  attach(user: EngineUser): () => void {
    this.users.add(user)
    return () => this.users.delete(user)
  }

  keepAlive(): () => void {
    this.holds++
    return () => this.holds--
  }

  async topicMetadata(topic: string, options: TopicLookupOptions): Promise<TopicMetadata> {
    const { morePartitionsThan = 0 } = options
    await this.#parts.untilMorePartitions?.(morePartitionsThan, options)
    const { maxMessageBytes = 1_048_588 } = this.#parts
    return { topic, partitions: this.partitions, maxMessageBytes }
  }

  topicNames(): Promise<string[]> {
    return Promise.resolve([])
  }

  async producerIdentity(): Promise<ProducerIdentity> {
    return (await this.#parts.producerIdentity?.()) ?? { producerId: 1, producerEpoch: 0 }
  }

  async openAppender(at: TopicPartition): Promise<PartitionAppender> {
    return this.#parts.openAppender(at)
  }

  isRetriable(error: RinglogError): boolean {
    return this.#parts.isRetriable(error)
  }
}
