import {
  sizeOfSingleRecordBatch,
  unknownPartition,
  type FillingBatch,
  type ResolvedTopicConfig,
  type RinglogError,
} from '@ringlog/core/internal'
import {
  BACKLOGGED_BATCHES,
  TopicRouter,
  tooLarge,
  type PartitionBacklog,
  type ReadRecord,
  type ResolvedProducerConfig,
} from '@ringlog/producer/internal'

/** One topic of a mock producer: chooses partitions and refuses records as the real one does. */
export class MockTopic {
  readonly topic: string
  readonly partitions: readonly MockPartition[]
  readonly #config: ResolvedProducerConfig
  readonly #maxMessageBytes: number
  readonly #router: TopicRouter

  constructor(topic: string, topicConfig: ResolvedTopicConfig, config: ResolvedProducerConfig) {
    const { partitioner, batchSizeBytes } = config
    this.topic = topic
    this.#config = config
    this.#maxMessageBytes = topicConfig.maxMessageBytes
    this.#router = new TopicRouter(topic, partitioner, batchSizeBytes)
    this.partitions = Array.from(
      { length: topicConfig.partitions },
      (_, partition) => new MockPartition(partition, this.#router, config),
    )
  }

  /**
   * Where a record goes. A partitioner of the user's may do anything meanwhile.
   *
   * @throws RinglogError MESSAGE_TOO_LARGE; INVALID_REQUEST for a partitioner's answer; what a partitioner
   *   throws.
   */
  place(record: ReadRecord): Place {
    const { key, value, partition, headers } = record
    const count = this.partitions.length
    const chosen = partition ?? this.#router.choose(key, value, count)
    const backlog = this.partitions[chosen]
    if (backlog === undefined) {
      return { backlog: null, sizeBytes: 0, refusal: unknownPartition(this.topic, chosen, count) }
    }
    const sizeBytes = sizeOfSingleRecordBatch(key, value, headers)
    const { bufferMemoryBytes } = this.#config
    if (sizeBytes <= this.#maxMessageBytes && sizeBytes <= bufferMemoryBytes) {
      return { backlog, sizeBytes, refusal: null }
    }
    throw tooLarge(this.topic, sizeBytes, this.#maxMessageBytes, bufferMemoryBytes)
  }
}

/** Where a record goes. */
export interface Place {
  /** `null`: there is no such topic or partition. */
  readonly backlog: MockPartition | null
  /** As a batch of its own. */
  readonly sizeBytes: number
  /** Why it will fail whatever a test says; `null`: it may be delivered. */
  readonly refusal: RinglogError | null
}

/** One partition: the offset that comes next, and how much waits to be completed. */
export class MockPartition implements PartitionBacklog, FillingBatch {
  readonly partition: number
  nextOffset = 0
  readonly #config: ResolvedProducerConfig
  readonly #router: TopicRouter
  #usedBytes = 0
  #lastRecordBytes = 0
  #refusedBytes = 0

  constructor(partition: number, router: TopicRouter, config: ResolvedProducerConfig) {
    this.partition = partition
    this.#router = router
    this.#config = config
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get lastRecordBytes(): number {
    return this.#lastRecordBytes
  }

  get refusedBytes(): number {
    return this.#refusedBytes
  }

  get wantedBytes(): number {
    return Math.max(this.#refusedBytes, this.#lastRecordBytes)
  }

  /** As many batches wait as the real producer has in flight, and so many more as make a backlog. */
  get isBacklogged(): boolean {
    const { batchSizeBytes, maxInFlight } = this.#config
    const batchBytes = Math.max(batchSizeBytes, this.#lastRecordBytes)
    const backlogBytes = (maxInFlight + BACKLOGGED_BATCHES) * batchBytes
    return this.#usedBytes > 0 && this.#usedBytes >= backlogBytes
  }

  get isOpenFull(): boolean {
    return this.#usedBytes + this.#lastRecordBytes > this.#config.batchSizeBytes
  }

  take({ key, partition }: ReadRecord, sizeBytes: number): void {
    this.#usedBytes += sizeBytes
    this.#lastRecordBytes = sizeBytes
    this.#refusedBytes = 0
    if (partition === null) this.#router.onAppended(key !== null, this)
  }

  /** There was no memory for a record. */
  refuse(sizeBytes: number): void {
    this.#refusedBytes = sizeBytes
  }

  /** A record of it is done. */
  giveBack(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes
  }
}
