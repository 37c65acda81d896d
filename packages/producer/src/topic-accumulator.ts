import {
  RinglogError,
  monotonicMs,
  sizeOfSingleRecordBatch,
  type Data,
  type HeaderList,
  type TopicMetadata,
} from '@ringlog/core/internal'
import type { BufferPool } from './buffer-pool.ts'
import type { ResolvedProducerConfig } from './config.ts'
import { HeldRecords, copyRecord, type HeldRecord, type PendingRecord } from './held-records.ts'
import {
  APPENDED,
  NO_MEMORY,
  PartitionQueue,
  type Backlog,
  type QueueContext,
} from './partition-queue.ts'
import type { Delivery } from './producer-batch.ts'
import { TopicRouter } from './topic-router.ts'

/** What a topic's accumulator needs of the producer that it belongs to. */
export interface TopicContext extends QueueContext {
  readonly config: ResolvedProducerConfig
  readonly pool: BufferPool
  fetchMetadata(topic: string, deadlineMs: number): Promise<TopicMetadata>
  /** A held record is delivered to a batch, or has failed. */
  onHeldDone(record: PendingRecord, error: RinglogError | null): void
}

/**
 * The records of one topic on their way to its partitions' queues.
 *
 * While the topic is not known yet, its records are held, in order, within `bufferMemoryBytes`.
 * Records given to `send` are also held while memory is used up: whoever awaits them waits.
 */
export class TopicAccumulator implements Backlog {
  readonly topic: string
  readonly #context: TopicContext
  readonly #router: TopicRouter
  readonly #held = new HeldRecords()
  #maxMessageBytes = 0
  #queues: readonly PartitionQueue[] | null = null
  #isFetching = false

  constructor(topic: string, context: TopicContext) {
    this.topic = topic
    this.#context = context
    const { partitioner, batchSizeBytes } = context.config
    this.#router = new TopicRouter(topic, partitioner, batchSizeBytes)
  }

  /** The topic's partitions; empty while it is not known. */
  get queues(): readonly PartitionQueue[] {
    return this.#queues ?? []
  }

  /** Whether records are held: then later ones are held too, behind them. */
  get isBacklogged(): boolean {
    return this.#held.length > 0
  }

  /** Resolves when what is held now is in batches, or has failed. */
  whenHeldLeft(): Promise<void> {
    return this.#held.whenLeft()
  }

  /**
   * Takes a record, or throws and takes nothing. Returns where it waits now.
   *
   * @param partition `null`: the partitioner chooses.
   * @param delivery `null`: nobody awaits the record; it is then not held for want of memory.
   * @throws RinglogError BUFFER_FULL, MESSAGE_TOO_LARGE, UNKNOWN_TOPIC_OR_PARTITION (a partition
   *   outside the topic), INVALID_REQUEST (a partitioner's answer).
   */
  add(
    key: Data | null,
    value: Data | null,
    partition: number | null,
    timestampMs: number,
    headers: HeaderList,
    delivery: Delivery | null,
  ): Backlog {
    if (this.#queues !== null && this.#held.length === 0) {
      const queue = this.#append(
        this.#queues,
        key,
        value,
        partition,
        timestampMs,
        headers,
        delivery,
      )
      if (queue !== null) return queue
    }
    const isKnown = this.#queues !== null
    if (isKnown && delivery === null) throw this.#bufferFull()
    this.#hold({ key, value, partition, timestampMs, headers, delivery }, !isKnown)
    if (!isKnown) void this.#fetchMetadata()
    return this
  }

  /** Takes in what is held, as far as memory goes. */
  takeHeld(): void {
    if (this.#queues === null) return
    for (let held = this.#held.head; held !== undefined; held = this.#held.head) {
      const { key, value, partition, timestampMs, headers, delivery, reservedBytes } = held
      this.#context.pool.unreserve(reservedBytes)
      let error: RinglogError | null = null
      try {
        const queues = this.#queues
        if (this.#append(queues, key, value, partition, timestampMs, headers, delivery) === null) {
          this.#context.pool.reserve(reservedBytes)
          return
        }
      } catch (thrown) {
        error = thrown as RinglogError
      }
      this.#held.shift()
      this.#context.onHeldDone(held, error)
    }
  }

  /** Fails the records that were held for `maxBlockMs`; returns when the next one will have been. */
  expireHeld(nowMs: number): number {
    for (let held = this.#held.head; held !== undefined; held = this.#held.head) {
      if (this.#queues === null || held.expiresAtMs > nowMs) return held.expiresAtMs
      this.#failHead(held, this.#bufferFull())
    }
    return Infinity
  }

  /** Fails everything that is held. */
  failHeld(error: RinglogError): void {
    for (let held = this.#held.head; held !== undefined; held = this.#held.head) {
      this.#failHead(held, error)
    }
  }

  /** Puts a record into its partition's batch; `null` where there is no memory for it. */
  #append(
    queues: readonly PartitionQueue[],
    key: Data | null,
    value: Data | null,
    partition: number | null,
    timestampMs: number,
    headers: HeaderList,
    delivery: Delivery | null,
  ): PartitionQueue | null {
    const chosen = partition ?? this.#router.choose(key, value, queues.length)
    const queue = queues[chosen]
    if (queue === undefined) throw this.#unknownPartition(chosen, queues.length)
    const outcome = queue.append(key, value, timestampMs, headers, delivery)
    if (outcome === NO_MEMORY) return null
    if (outcome !== APPENDED) throw this.#tooLarge(key, value, headers)
    if (partition === null) {
      this.#router.onAppended(key !== null, queue.lastRecordBytes, queue.isOpenFull)
    }
    return queue
  }

  #hold(record: PendingRecord, isCounted: boolean): void {
    const { pool, config } = this.#context
    const { key, value, headers } = record
    const reservedBytes = isCounted ? sizeOfSingleRecordBatch(key, value, headers) : 0
    if (!pool.reserve(reservedBytes)) throw this.#bufferFull()
    const expiresAtMs = monotonicMs() + config.maxBlockMs
    this.#held.push({ ...copyRecord(record), expiresAtMs, reservedBytes })
  }

  /** Learns of the topic; as long as it does not exist, records fail one by one as their time comes. */
  async #fetchMetadata(): Promise<void> {
    if (this.#isFetching) return
    this.#isFetching = true
    for (let head = this.#held.head; head !== undefined; head = this.#held.head) {
      try {
        this.#openQueues(await this.#context.fetchMetadata(this.topic, head.expiresAtMs))
        break
      } catch (error) {
        if (!RinglogError.is(error, 'UNKNOWN_TOPIC_OR_PARTITION')) {
          this.failHeld(error as RinglogError)
          break
        }
        const nowMs = monotonicMs()
        for (let held = this.#held.head; held !== undefined; held = this.#held.head) {
          if (held !== head && held.expiresAtMs > nowMs) break
          this.#failHead(held, error)
        }
      }
    }
    this.#isFetching = false
    this.takeHeld()
  }

  #openQueues({ partitionCount, maxMessageBytes }: TopicMetadata): void {
    const { config, pool } = this.#context
    const { batchSizeBytes, bufferMemoryBytes } = config
    const limits = {
      batchSizeBytes: Math.min(batchSizeBytes, bufferMemoryBytes, maxMessageBytes),
      maxMessageBytes,
    }
    this.#maxMessageBytes = maxMessageBytes
    this.#queues = Array.from({ length: partitionCount }, (_, partition) => {
      const at = { topic: this.topic, partition }
      return new PartitionQueue(at, limits, pool, this.#context)
    })
  }

  #failHead(held: HeldRecord, error: RinglogError): void {
    this.#held.shift()
    this.#context.pool.unreserve(held.reservedBytes)
    this.#context.onHeldDone(held, error)
  }

  #bufferFull(): RinglogError {
    const { bufferMemoryBytes } = this.#context.config
    return new RinglogError(
      'BUFFER_FULL',
      `the producer's memory is used up by records that are not acknowledged yet: topic=${this.topic}, ` +
        `bufferMemoryBytes=${bufferMemoryBytes}; await drained() when write returns false`,
      { details: { topic: this.topic, bufferMemoryBytes } },
    )
  }

  #tooLarge(key: Data | null, value: Data | null, headers: HeaderList): RinglogError {
    const sizeBytes = sizeOfSingleRecordBatch(key, value, headers)
    const maxMessageBytes = this.#maxMessageBytes
    const { bufferMemoryBytes } = this.#context.config
    return new RinglogError(
      'MESSAGE_TOO_LARGE',
      `record is too large: topic=${this.topic}, sizeBytes=${sizeBytes} as a batch of its own, ` +
        `maxMessageBytes=${maxMessageBytes}, bufferMemoryBytes=${bufferMemoryBytes}`,
      { details: { topic: this.topic, sizeBytes, maxMessageBytes, bufferMemoryBytes } },
    )
  }

  #unknownPartition(partition: number, partitionCount: number): RinglogError {
    return new RinglogError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `topic ${this.topic} has no partition ${partition}: partitions=${partitionCount}`,
      { details: { topic: this.topic, partition, partitionCount } },
    )
  }
}
