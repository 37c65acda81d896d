import {
  PartitionCountWord,
  isData,
  type HeaderList,
  type RecordMetadata,
  type RinglogError,
  type TopicMetadata,
} from '@ringlog/core/internal'
import { HeldRecords, type HeldRecord, type PendingRecord } from './held-records.ts'
import type { MemoryRoom } from './memory-room.ts'
import {
  BACKLOGGED_BATCHES,
  PartitionQueue,
  type Backlog,
  type QueueContext,
} from './partition-queue.ts'
import type { Delivery } from './producer-batch.ts'
import {
  bufferFull,
  deletedTopic,
  notSent,
  unknownPartition,
  unknownTopic,
} from './record-errors.ts'
import type { TakenRecord } from './record-fields.ts'
import { TopicRouter } from './topic-router.ts'

const NONE: readonly PartitionQueue[] = []
const NO_HEADERS: HeaderList = []

/** What a topic's accumulator needs of the producer that it belongs to. */
export interface TopicContext extends QueueContext {
  /** The topic is deleted: its partitions need no lanes any more. */
  forgetLanes(topic: string): void
  fetchMetadata(topic: string, deadlineMs: number): Promise<TopicMetadata>
  readonly room: MemoryRoom
  /** A record is held. */
  onHeld(): void
  /** A held record is delivered to a batch, or has failed. */
  onHeldDone(record: PendingRecord, error: RinglogError | null): void
}

/**
 * The records of one topic on their way to its partitions' queues.
 *
 * While the topic is not known, its records are held, in order, within `bufferMemoryBytes`. Records
 * given to `send` are also held while memory is used up: whoever awaits them waits.
 *
 * How many partitions there are is looked up for each record, so that new ones are used at once. When
 * the topic is deleted, what is queued fails; what comes then is held for a topic of the same name.
 */
export class TopicAccumulator implements Backlog {
  readonly topic: string
  readonly refusedBytes = 0
  readonly #context: TopicContext
  readonly #router: TopicRouter
  readonly #held: HeldRecords
  #queues: PartitionQueue[] = []
  /** The same where a record can go into a batch; empty while records are held. */
  #ready: readonly PartitionQueue[] = NONE
  /** Of a topic that was deleted: they end with what is on its way. */
  #formerQueues: PartitionQueue[] = []
  #metadata: TopicMetadata | null = null
  #countWord = new PartitionCountWord()
  #isFetching = false
  #isTaking = false

  constructor(topic: string, context: TopicContext) {
    this.topic = topic
    this.#context = context
    const { partitioner, batchSizeBytes } = context.config
    this.#router = new TopicRouter(topic, partitioner, batchSizeBytes)
    this.#held = new HeldRecords(context.clock, context.pool)
  }

  /** The topic's partitions; empty while it is not known. */
  get queues(): readonly PartitionQueue[] {
    return this.#queues
  }

  /** Those with batches that may not be done. */
  get unfinishedQueues(): readonly PartitionQueue[] {
    if (this.#formerQueues.length === 0) return this.#queues
    this.#formerQueues = this.#formerQueues.filter((queue) => queue.unfinished().length > 0)
    return [...this.#formerQueues, ...this.#queues]
  }

  /** Records wait for memory; or as many for the topic to be known as make a partition backlogged. */
  get isBacklogged(): boolean {
    if (this.#held.length === 0) return false
    if (this.#queues.length > 0) return true
    const { batchSizeBytes } = this.#context.config
    return this.#held.reservedBytes >= BACKLOGGED_BATCHES * batchSizeBytes
  }

  /** Resolves when what is held now is in batches, or has failed. */
  whenHeldLeft(): Promise<void> {
    return this.#held.whenLeft()
  }

  /**
   * Takes a record at once, if its topic is known, no record is held, a built-in partitioner chooses,
   * and there is memory; else `null`, and nothing was changed.
   *
   * @throws RinglogError MESSAGE_TOO_LARGE.
   */
  place(key: unknown, value: unknown, timestampMs: number): PartitionQueue | null {
    const queues = this.#ready
    const count = queues.length
    if (count === 0 || count !== this.#countWord.recentCount) return null
    if (!isData(key) || !isData(value)) return null
    const queue = queues[this.#router.chooseBuiltIn(key, count)]
    if (queue === undefined || !queue.append(key, value, timestampMs, NO_HEADERS)) return null
    this.#router.onAppended(key !== null, queue)
    return queue
  }

  /**
   * Takes a record, or throws and takes nothing. Returns where it waits now.
   *
   * @param delivery `null`: nobody awaits the record; it is then not held for want of memory.
   * @throws RinglogError BUFFER_FULL, MESSAGE_TOO_LARGE, UNKNOWN_TOPIC_OR_PARTITION (a partition
   *   outside the topic), INVALID_REQUEST (a partitioner's answer).
   */
  add(record: TakenRecord, delivery: Delivery | null): Backlog {
    const queue = this.#appendIfReady(record)
    if (queue === null) return this.#addHeld(record, delivery)
    if (delivery !== null) queue.awaitLast(delivery)
    return queue
  }

  /**
   * Takes a record, or throws and takes nothing. Resolves when it is in the log.
   *
   * @throws RinglogError as `add`.
   */
  send(record: TakenRecord): Promise<RecordMetadata> {
    const queue = this.#appendIfReady(record)
    if (queue !== null) return queue.promiseOfLast()
    const { promise, ...delivery } = Promise.withResolvers<RecordMetadata>()
    this.#addHeld(record, delivery)
    return promise
  }

  /**
   * Takes a record that nobody awaits; `false` where its partition is backlogged, or memory is short
   * and the partition has its share of it.
   *
   * @throws RinglogError as `add`, but BUFFER_FULL.
   */
  tryAdd(record: TakenRecord): boolean {
    if (!this.#isKnown()) {
      if (this.#context.room.isShort || this.isBacklogged) return false
      this.#hold({ ...record, delivery: null }, true)
      return true
    }
    if (this.#held.length > 0) return false
    const queue = this.#queueFor(record)
    if (!this.#context.room.isFor(queue)) return false
    return this.#append(queue, record)
  }

  /** Takes in what is held, as far as memory goes. */
  takeHeld(): void {
    // A batch that fails while a record is put into the next one comes here again.
    if (this.#isTaking) return
    this.#isTaking = true
    this.#takeHeld()
    this.#isTaking = false
  }

  #takeHeld(): void {
    for (let held = this.#held.head; held !== undefined; held = this.#held.head) {
      if (!this.#isKnown()) {
        void this.#fetchMetadata()
        return
      }
      let error: RinglogError | null = null
      this.#held.unreserveHead()
      try {
        const queue = this.#queueFor(held)
        if (!this.#append(queue, held)) {
          this.#held.reserveHead()
          return
        }
        if (held.delivery !== null) queue.awaitLast(held.delivery)
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
      if (held.expiresAtMs > nowMs) return held.expiresAtMs
      this.#failHead(held, this.#isKnown() ? this.#bufferFull() : unknownTopic(this.topic))
    }
    return Infinity
  }

  /** Fails everything, also what is on its way, and all that would come. */
  fail(error: RinglogError): void {
    for (let held = this.#held.head; held !== undefined; held = this.#held.head) {
      this.#failHead(held, notSent(this.topic, error))
    }
    for (const queue of this.unfinishedQueues) queue.fail(error)
  }

  /** A batch has failed: perhaps because the topic is deleted. */
  onBatchFailed(error: RinglogError): void {
    if (error.code === 'UNKNOWN_TOPIC_OR_PARTITION') this.#isKnown()
  }

  /** Where the record is now; `null`: the topic is not known, or records wait for memory. */
  #appendIfReady(record: TakenRecord): PartitionQueue | null {
    const isReady = this.#isKnown() && this.#held.length === 0
    this.#ready = isReady ? this.#queues : NONE
    if (!isReady) return null
    const queue = this.#queueFor(record)
    return this.#append(queue, record) ? queue : null
  }

  /** Whether the topic is known; sees to it that there is a queue for each of its partitions. */
  #isKnown(): boolean {
    const count = this.#countWord.recentCount
    if (count === this.#queues.length) return count > 0
    if (count < 0) this.#forget()
    else this.#openQueues(count)
    return this.#queues.length > 0
  }

  /** The topic is deleted. */
  #forget(): void {
    const queues = this.#queues
    this.#formerQueues.push(...queues)
    this.#queues = []
    this.#ready = NONE
    this.#metadata = null
    this.#countWord = new PartitionCountWord()
    for (const queue of queues) queue.fail(deletedTopic(this.topic))
    this.#context.forgetLanes(this.topic)
  }

  #openQueues(count: number): void {
    const { config } = this.#context
    const { maxMessageBytes } = this.#metadata!
    const { batchSizeBytes, bufferMemoryBytes } = config
    const limits = {
      batchSizeBytes: Math.min(batchSizeBytes, bufferMemoryBytes, maxMessageBytes),
      maxMessageBytes,
    }
    for (let partition = this.#queues.length; partition < count; partition++) {
      const at = { topic: this.topic, partition }
      this.#queues.push(new PartitionQueue(at, limits, this.#context))
    }
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_REQUEST. */
  #queueFor({ key, value, partition }: TakenRecord): PartitionQueue {
    const queues = this.#queues
    const chosen = partition ?? this.#router.choose(key, value, queues.length)
    const queue = queues[chosen]
    if (queue === undefined) throw unknownPartition(this.topic, chosen, queues.length)
    return queue
  }

  /** Puts a record into its partition's batch; `false` where there is no memory for it. */
  #append(queue: PartitionQueue, record: TakenRecord): boolean {
    const { key, value, partition, timestampMs, headers } = record
    if (!queue.append(key, value, timestampMs, headers)) return false
    if (partition === null) this.#router.onAppended(key !== null, queue)
    return true
  }

  /** Holds a record that cannot go into a batch now; one that nobody awaits only for metadata. */
  #addHeld(record: TakenRecord, delivery: Delivery | null): Backlog {
    const isKnown = this.#isKnown()
    if (isKnown && delivery === null) throw this.#bufferFull()
    this.#hold({ ...record, delivery }, !isKnown)
    return this
  }

  #hold(record: PendingRecord, isCounted: boolean): void {
    if (!this.#held.push(record, isCounted, this.#context.config.maxBlockMs)) {
      throw this.#bufferFull()
    }
    this.#ready = NONE
    if (!this.#isKnown()) void this.#fetchMetadata()
    this.#context.onHeld()
  }

  /** Learns of the topic; as long as it does not exist, records fail one by one as their time comes. */
  async #fetchMetadata(): Promise<void> {
    if (this.#isFetching) return
    this.#isFetching = true
    for (let head = this.#held.head; head !== undefined; head = this.#held.head) {
      try {
        const metadata = await this.#context.fetchMetadata(this.topic, head.expiresAtMs)
        this.#metadata = metadata
        this.#countWord = new PartitionCountWord(metadata.partitionCountWord)
        break
      } catch (error) {
        this.#onNoMetadata(head, error as RinglogError)
      }
    }
    this.#isFetching = false
    this.takeHeld()
  }

  #onNoMetadata(head: HeldRecord, error: RinglogError): void {
    if (error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') {
      for (let held = this.#held.head; held !== undefined; held = this.#held.head) {
        this.#failHead(held, error)
      }
      return
    }
    const nowMs = this.#context.clock.nowMs()
    for (let held = this.#held.head; held !== undefined; held = this.#held.head) {
      if (held !== head && held.expiresAtMs > nowMs) break
      this.#failHead(held, error)
    }
  }

  #failHead(held: HeldRecord, error: RinglogError): void {
    this.#held.unreserveHead()
    this.#held.shift()
    this.#context.onHeldDone(held, error)
  }

  #bufferFull(): RinglogError {
    this.#context.stats.onBufferExhausted()
    return bufferFull(this.topic, this.#context.config.bufferMemoryBytes)
  }
}
