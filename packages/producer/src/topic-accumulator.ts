import {
  isData,
  topicDeleted,
  unknownPartition,
  type HeaderList,
  type PartitionCount,
  type RecordMetadata,
  type RinglogError,
  type TopicMetadata,
} from '@ringlog/core/internal'
import { LATE_ANSWER_MS } from './batch-deadlines.ts'
import { HeldRecords, type HeldRecord, type PendingRecord } from './held-records.ts'
import { BACKLOGGED_BATCHES, type Backlog } from './backlog.ts'
import { PartitionQueue } from './partition-queue.ts'
import type { ProducerEvents, ProducerServices } from './producer-parts.ts'
import type { Delivery } from './record-promises.ts'
import { bufferFull, notSent } from './record-errors.ts'
import type { TakenRecord } from './record-fields.ts'
import { TopicRouter } from './topic-router.ts'

const NONE: readonly PartitionQueue[] = []
const NO_HEADERS: HeaderList = []

/**
 * The records of one topic on their way to its partitions' queues.
 *
 * While the topic is not known, its records are held, in order, within `bufferMemoryBytes`. Records
 * given to `send` are also held while memory is used up: their callers wait.
 *
 * How many partitions there are is looked up for each record, so that new ones are used at once. When
 * the topic is deleted, what is queued fails; what comes then is held for a topic of the same name.
 *
 * Longer than other files: each call of a user's code may change what the next line relies on, so all ways
 * of a record into a batch stand beside each other.
 */
export class TopicAccumulator implements Backlog {
  readonly topic: string
  readonly refusedBytes = 0
  readonly #services: ProducerServices
  readonly #events: ProducerEvents
  readonly #router: TopicRouter
  readonly #held: HeldRecords
  #queues: PartitionQueue[] = []
  /** The same where a record can go into a batch; empty while records are held. */
  #ready: readonly PartitionQueue[] = NONE
  /** Of a topic that was deleted: they end with what is on its way. */
  #formerQueues: PartitionQueue[] = []
  #metadata: TopicMetadata | null = null
  /** How many partitions the topic has now; `null`: it is not known. */
  #partitions: PartitionCount | null = null
  /** Ends the wait for metadata; `null`: there is none. */
  #fetching: AbortController | null = null
  #isTaking = false

  constructor(topic: string, services: ProducerServices, events: ProducerEvents) {
    this.topic = topic
    this.#services = services
    this.#events = events
    const { partitioner, batchSizeBytes } = services.config
    this.#router = new TopicRouter(topic, partitioner, batchSizeBytes)
    this.#held = new HeldRecords(services.clock, services.pool)
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

  /** Records wait for memory; or as many for metadata as make a partition backlogged. */
  get isBacklogged(): boolean {
    if (this.#held.isEmpty) return false
    if (this.#held.length > 0 && this.#queues.length > 0 && !this.#held.isAdmitting) return true
    const { batchSizeBytes } = this.#services.config
    return this.#held.reservedBytes >= BACKLOGGED_BATCHES * batchSizeBytes
  }

  /** Whether nothing is lost when this is forgotten: its topic is deleted, or was never there. */
  get isGone(): boolean {
    if (this.#isTaking || this.#fetching !== null || !this.#held.isEmpty) return false
    return !this.#isKnown() && this.unfinishedQueues.length === 0
  }

  /** Whether records wait for metadata, for memory or for their partition. */
  get isHolding(): boolean {
    return !this.#held.isEmpty
  }

  /** Of the record that was held last, whether it still is or not. */
  get lastHeldTicket(): number {
    return this.#held.lastTicket
  }

  /** Whether a record is held whose ticket is not above this one. */
  holdsUpTo(ticket: number): boolean {
    const { oldest } = this.#held
    return oldest !== undefined && oldest.ticket <= ticket
  }

  /**
   * Takes a record at once, if its topic is known, no record is held, its partition is there or a built-in
   * partitioner chooses, and there is memory; else `null`, and nothing was changed.
   *
   * @param partition `null`: the partitioner chooses.
   * @throws RinglogError MESSAGE_TOO_LARGE.
   */
  place(
    partition: number | null,
    key: unknown,
    value: unknown,
    timestampMs: number,
  ): PartitionQueue | null {
    const queues = this.#ready
    const count = queues.length
    if (count === 0 || count !== this.#partitions!.current) return null
    // Most records are bytes without a key: the open batch of their partition is asked first, and the common
    // way goes what it does not take.
    if (key === null && value instanceof Uint8Array) {
      const hot = queues[partition ?? this.#router.chooseBuiltIn(null, count)]
      if (hot !== undefined && hot.tryAppendValue(value, timestampMs)) {
        if (partition === null) this.#router.onAppended(false, hot)
        return hot
      }
    }
    if (!isData(key) || !isData(value)) return null
    const queue = queues[partition ?? this.#router.chooseBuiltIn(key, count)]
    if (queue === undefined || !queue.append(key, value, timestampMs, NO_HEADERS)) return null
    if (partition === null) this.#router.onAppended(key !== null, queue)
    return queue
  }

  /**
   * Learns of the topic before a record waits for it.
   *
   * @throws RinglogError as `TopicLookup.find`.
   */
  async learn(): Promise<void> {
    if (!this.#isKnown()) this.#know(await this.#services.metadata.find(this.topic, {}))
  }

  /**
   * Takes a whole batch that was encoded elsewhere, if its partition is known, no record is held, and there is memory;
   * else `null`, and nothing was changed.
   *
   * @throws RinglogError MESSAGE_TOO_LARGE.
   */
  placeEncoded(partition: number, batch: Uint8Array): PartitionQueue | null {
    const queue = this.#isReady() ? this.#queues[partition] : undefined
    return queue?.appendEncoded(batch) === true ? queue : null
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
    if (!this.#isReady()) return this.#tryHold(record)
    const chosen = this.#choose(record)
    if (!this.#isReady() || this.#isAbsent(record)) return this.#tryHold(record)
    const queue = this.#queues[chosen]!
    return this.#services.room.isFor(queue) && this.#append(queue, record)
  }

  /** Takes in what is held, as far as memory goes; nothing else of the producer may be under way. */
  takeHeld(): void {
    if (this.#held.isEmpty) return
    // A partitioner that gives a record to the producer comes here again.
    if (this.#isTaking) return
    this.#isTaking = true
    this.#takeHeld()
    this.#isTaking = false
    this.#held.endAdmitting()
    const nowMs = this.#services.clock.nowMs()
    for (const queue of this.#queues) queue.closeIfOld(nowMs)
  }

  #takeHeld(): void {
    for (let held = this.#held.head; held !== undefined; held = this.#held.head) {
      if (!this.#isKnown()) break
      if (this.#isAbsent(held)) {
        this.#held.setHeadApart()
        continue
      }
      try {
        const chosen = this.#choose(held)
        // The partitioner may have closed the producer, or found that the topic is deleted.
        const queue = this.#held.head === held ? this.#queues[chosen] : undefined
        if (queue === undefined) continue
        if (!this.#held.giveHead(() => this.#append(queue, held, held.sinceMs))) return
        if (held.delivery !== null) queue.awaitLast(held.delivery)
      } catch (thrown) {
        if (held.isHeld) this.#failHeld(held, thrown as RinglogError)
        continue
      }
      this.#events.onHeldDone(held, null)
    }
    if (this.#awaitsMetadata() !== undefined) void this.#fetchMetadata()
  }

  /**
   * When the next record has waited for memory for `maxBlockMs`. Whether a topic is there the log says,
   * at its time: records that wait for that fail with its answer.
   */
  nextHeldExpiryMs(): number {
    const { head } = this.#held
    if (head === undefined || !this.#isKnown()) return Infinity
    // What is on its way is about to say why there is no memory.
    return head.expiresAtMs + (this.#services.stats.hasRequestsInFlight ? LATE_ANSWER_MS : 0)
  }

  /** Fails the records that have waited for memory for `maxBlockMs`. */
  expireHeld(nowMs: number): void {
    while (this.nextHeldExpiryMs() <= nowMs) this.#failHeld(this.#held.head!, this.#bufferFull())
  }

  /** Fails everything, also what is on its way, and all that would come. */
  fail(error: RinglogError): void {
    this.#fetching?.abort()
    for (let held = this.#held.oldest; held !== undefined; held = this.#held.oldest) {
      this.#failHeld(held, notSent(this.topic, error))
    }
    for (const queue of this.unfinishedQueues) queue.fail(error)
  }

  /** A batch has failed: perhaps because the topic is deleted. */
  onBatchFailed(error: RinglogError): void {
    if (error.code === 'UNKNOWN_TOPIC_OR_PARTITION') this.#isKnown()
  }

  /** Where the record is now; `null`: it has to wait, for metadata, its partition or memory. */
  #appendIfReady(record: TakenRecord): PartitionQueue | null {
    if (!this.#isReady()) return null
    const chosen = this.#choose(record)
    // The partitioner may have given records to the producer, or found that the topic is deleted.
    if (!this.#isReady()) return null
    const queue = this.#queues[chosen]
    return queue !== undefined && this.#append(queue, record) ? queue : null
  }

  /** Whether records may go into batches: the topic is known, and none is held before them. */
  #isReady(): boolean {
    const isReady = this.#isKnown() && this.#held.length === 0
    this.#ready = isReady ? this.#queues : NONE
    return isReady
  }

  /** Whether a record names a partition that is not there. */
  #isAbsent({ partition }: TakenRecord): boolean {
    return partition !== null && partition >= this.#queues.length
  }

  /** Whether the topic is known; sees to it that there is a queue for each of its partitions. */
  #isKnown(): boolean {
    const count = this.#partitions?.current ?? 0
    if (count === this.#queues.length) return count > 0
    if (count < 0) this.#forget()
    else this.#openQueues(count)
    return this.#queues.length > 0
  }

  /** The topic is deleted. */
  #forget(): void {
    this.#fetching?.abort() // of more partitions of it
    const queues = this.#queues
    this.#formerQueues.push(...queues)
    this.#queues = []
    this.#ready = NONE
    this.#metadata = null
    this.#partitions = null
    for (const queue of queues) queue.fail(topicDeleted(this.topic))
  }

  #openQueues(count: number): void {
    const { config } = this.#services
    const { maxMessageBytes } = this.#metadata!
    const { batchSizeBytes, bufferMemoryBytes } = config
    const limits = {
      batchSizeBytes: Math.min(batchSizeBytes, bufferMemoryBytes, maxMessageBytes),
      maxMessageBytes,
    }
    for (let partition = this.#queues.length; partition < count; partition++) {
      const at = { topic: this.topic, partition }
      this.#queues.push(new PartitionQueue(at, limits, this.#services, this.#events))
    }
    this.#held.admit(count)
    if (this.#held.length > 0) this.#events.onHeldReady()
  }

  /**
   * The partition of a record; a partitioner of the user's may do anything meanwhile.
   *
   * @throws RinglogError INVALID_REQUEST; what the partitioner throws.
   */
  #choose({ key, value, partition }: TakenRecord): number {
    return partition ?? this.#router.choose(key, value, this.#queues.length)
  }

  /**
   * Puts a record into its partition's batch; `false` where there is no memory for it.
   *
   * @param heldSinceMs Where it was held: since when.
   */
  #append(queue: PartitionQueue, record: TakenRecord, heldSinceMs: number | null = null): boolean {
    const { key, value, partition, timestampMs, headers } = record
    const isAppended =
      heldSinceMs === null
        ? queue.append(key, value, timestampMs, headers)
        : queue.appendHeld(key, value, timestampMs, headers, heldSinceMs)
    if (isAppended && partition === null) this.#router.onAppended(key !== null, queue)
    return isAppended
  }

  /** Holds a record that cannot go into a batch now; one that nobody awaits not for want of memory. */
  #addHeld(record: TakenRecord, delivery: Delivery | null): Backlog {
    const awaitsMetadata = !this.#isKnown() || this.#isAbsent(record) || this.#held.isAdmitting
    if (!awaitsMetadata && delivery === null) throw this.#bufferFull()
    this.#hold({ ...record, delivery }, awaitsMetadata)
    return this
  }

  /** Holds a record for its topic or its partition to appear; `false`: there is enough of that. */
  #tryHold(record: TakenRecord): boolean {
    if (this.#isKnown() && !this.#isAbsent(record) && !this.#held.isAdmitting) return false
    if (this.#services.room.isShort || this.isBacklogged) return false
    this.#hold({ ...record, delivery: null }, true)
    return true
  }

  #hold(record: PendingRecord, isCounted: boolean): void {
    const isAbsent = this.#isKnown() && this.#isAbsent(record)
    const { maxBlockMs } = this.#services.config
    const isHeld =
      this.#held.push(record, isCounted, isAbsent, maxBlockMs) ||
      // Whoever awaits it waits, as in Kafka, and its record is still the caller's.
      (record.delivery !== null && this.#held.push(record, false, isAbsent, maxBlockMs))
    if (!isHeld) throw this.#bufferFull()
    if (!isAbsent) this.#ready = NONE
    this.#events.onHeld()
    if (this.#awaitsMetadata() !== undefined) void this.#fetchMetadata()
  }

  /** The first record that waits for its topic, or for a partition of it. */
  #awaitsMetadata(): HeldRecord | undefined {
    return this.#isKnown() ? this.#held.absentHead : this.#held.oldest
  }

  /**
   * Learns of the topic, and of more partitions of it while records wait for them; as long as there is
   * no such thing, they fail one by one as their time comes.
   */
  async #fetchMetadata(): Promise<void> {
    if (this.#fetching !== null) return
    for (let held = this.#awaitsMetadata(); held !== undefined; held = this.#awaitsMetadata()) {
      const fetching = new AbortController()
      this.#fetching = fetching
      const metadata = await this.#services.metadata
        .find(this.topic, {
          deadlineMs: held.expiresAtMs,
          morePartitionsThan: this.#queues.length,
          signal: fetching.signal,
        })
        .catch((error: unknown) => error as RinglogError)
      this.#fetching = null
      if (!(metadata instanceof Error)) this.#know(metadata)
      else if (!fetching.signal.aborted) this.#onNoMetadata(held, metadata)
      this.#events.onHeldReady()
    }
  }

  #know(metadata: TopicMetadata): void {
    if (this.#isKnown()) return
    this.#metadata = metadata
    this.#partitions = metadata.partitions
  }

  #onNoMetadata(head: HeldRecord, error: RinglogError): void {
    const isUnknown = error.code === 'UNKNOWN_TOPIC_OR_PARTITION'
    const nowMs = this.#services.clock.nowMs()
    for (let held = this.#awaitsMetadata(); held !== undefined; held = this.#awaitsMetadata()) {
      if (isUnknown && held !== head && held.expiresAtMs > nowMs) break
      const count = this.#queues.length
      const isTopicKnown = isUnknown && count > 0
      this.#failHeld(
        held,
        isTopicKnown ? unknownPartition(this.topic, held.partition!, count) : error,
      )
    }
  }

  #failHeld(held: HeldRecord, error: RinglogError): void {
    this.#held.remove(held)
    this.#events.onHeldDone(held, error)
  }

  #bufferFull(): RinglogError {
    this.#services.stats.onBufferExhausted()
    const { bufferMemoryBytes } = this.#services.config
    return bufferFull(this.topic, bufferMemoryBytes, this.#services.fullError())
  }
}
