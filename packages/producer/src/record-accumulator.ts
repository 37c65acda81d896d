import {
  LoopTurns,
  assertTopicName,
  type ProducerEngine,
  type ProducerIdentity,
  type ProducerMetrics,
  type RinglogError,
  type TopicPartition,
  type Clock,
} from '@ringlog/core/internal'
import { BufferPool } from './buffer-pool.ts'
import { describeProducer, type ResolvedProducerConfig } from './config.ts'
import { DeliveryFailures } from './delivery-failures.ts'
import { ExpiryTimers } from './expiry-timers.ts'
import { FlushProgress } from './flush-progress.ts'
import type { PendingRecord } from './held-records.ts'
import { MemoryRoom } from './memory-room.ts'
import { Notices } from './notices.ts'
import type { Backlog } from './backlog.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { LingeringQueue, ProducerEvents, ProducerServices } from './producer-parts.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { WaitOptions } from './producer-like.ts'
import { ProducerStats } from './producer-metrics.ts'
import { TopicAccumulator } from './topic-accumulator.ts'
import { TopicLookup } from './topic-lookup.ts'
import { Waits } from './waits.ts'

/** "No partition was chosen", as in Kafka's `RecordMetadata.UNKNOWN_PARTITION`. */
export const UNKNOWN_PARTITION = -1

/**
 * All records of a producer that are not acknowledged: by topic, by partition, in batches; the memory
 * they take; and when batches are due.
 *
 * Longer than other files, because all events of its parts meet here: each may free memory, end waits, and
 * lead to a notice.
 *
 * Thread: the producer's.
 */
export class RecordAccumulator {
  readonly #engine: ProducerEngine
  readonly #config: ResolvedProducerConfig
  readonly #clock: Clock
  readonly #pool: BufferPool
  readonly #room: MemoryRoom
  readonly #stats: ProducerStats
  /** What was not delivered, and who hears of it. */
  readonly failures: DeliveryFailures
  readonly #services: ProducerServices
  readonly #events: ProducerEvents
  readonly #topics = new Map<string, TopicAccumulator>()
  readonly #expiry: ExpiryTimers
  readonly #notices = new Notices(() => this.#afterChange())
  /** They wait for room. */
  readonly #roomWaits: Waits
  /** They wait for what was taken to be done. */
  readonly #flushWaits: Waits
  readonly #turns = new LoopTurns()
  /** Says where topics are, and warns of those that are not. */
  readonly metadata: TopicLookup
  #lastTopic: TopicAccumulator | null = null
  #identity: Promise<ProducerIdentity> | null = null
  /** Queues whose open batch is due at the end of this turn of the event loop. */
  #dueAtTurnEnd: LingeringQueue[] = []
  #isTurnEndSet = false
  /** How often a record opened a batch, or was held. */
  #memoryTakes = 0
  /**
   * The time given to records without one: read once a turn and once a batch; `null`: not read yet, or no
   * more records are taken. Written here alone. (A field that holds nothing but numbers would be copied to a
   * new heap number for every record.)
   */
  nowMs: number | null = null
  /** What the log said that had no room last; `null`: something was delivered since. */
  #fullError: RinglogError | null = null

  constructor(engine: ProducerEngine, config: ResolvedProducerConfig, clientId: string) {
    const { clock } = engine
    this.#engine = engine
    this.#config = config
    this.#clock = clock
    this.#pool = new BufferPool(config.bufferMemoryBytes)
    this.#room = new MemoryRoom(this.#pool, () => this.#partitionCount())
    this.#stats = new ProducerStats(clock)
    this.failures = new DeliveryFailures(config.onDeliveryError)
    const producer = describeProducer(config, clientId)
    const takeIn = (): void => this.#takeIn()
    this.#expiry = new ExpiryTimers(clock, this.#topics, takeIn)
    this.#roomWaits = new Waits(clock, takeIn)
    this.#flushWaits = new Waits(clock, takeIn)
    this.metadata = new TopicLookup(engine)
    this.#services = {
      config,
      clock,
      pool: this.#pool,
      room: this.#room,
      stats: this.#stats,
      closedError: () => engine.closedError(),
      openAppender: (at) => engine.openAppender(at, producer),
      isRetriable: (error) => engine.isRetriable(error),
      producerIdentity: (isExhausted) => this.#producerIdentity(isExhausted),
      metadata: this.metadata,
      fullError: () => this.#fullError,
    }
    this.#events = {
      onBatchOpened: (queue) => this.#onBatchOpened(queue),
      onDelivered: (batch) => this.#onBatchDelivered(batch),
      onFailed: (batch, error) => this.#onBatchFailed(batch, error),
      onFull: (error) => this.#onFull(error),
      onReleased: (batch, isMemoryLost) => this.#onBatchReleased(batch, isMemoryLost),
      onHeld: () => this.#onHeld(),
      onHeldReady: () => this.#notices.request(),
      onHeldDone: (record, error) => this.#onHeldDone(record, error),
    }
  }

  /**
   * The records of a topic, mostly that of the record before; borrowed for one call.
   *
   * @throws RinglogError INVALID_TOPIC_EXCEPTION.
   */
  topic(name: string): TopicAccumulator {
    const last = this.#lastTopic
    return last !== null && last.topic === name ? last : this.#otherTopic(name)
  }

  /**
   * Takes a record at once, if it has the topic of the one before, the time has been read since, and
   * that topic can take it; else `null`.
   */
  place(topic: string, key: unknown, value: unknown): PartitionQueue | null {
    const last = this.#lastTopic
    const { nowMs } = this
    if (last === null || last.topic !== topic || nowMs === null) return null
    return last.place(null, key === undefined ? null : key, value, nowMs)
  }

  /** No more records are taken: whoever holds to `nowMs` has to ask again. */
  stopTaking(): void {
    this.nowMs = null
  }

  /**
   * The timestamp of a record that was given this one; `null`: now.
   *
   * @throws RinglogError BROKER_CLOSED.
   */
  timeOf(timestampMs: number | null): number {
    const nowMs = this.nowMs ?? this.#readTime()
    return timestampMs ?? nowMs
  }

  /**
   * How often a record took memory: opened a batch, or is held. As long as that stands, no writer has to
   * stop that had not to stop before.
   */
  get memoryTakes(): number {
    return this.#memoryTakes
  }

  /** Whether a writer should stop: there is enough to send, or memory is short. */
  isCongested(backlog: Backlog | null): boolean {
    return this.#room.isCongested(backlog)
  }

  /**
   * Resolves when `isCongested` no longer holds; fails with what fails the accumulator.
   *
   * @param options Checked.
   */
  whenNotCongested(backlog: Backlog | null, options: WaitOptions): Promise<void> {
    return this.#whenRoom(() => !this.#room.isCongested(backlog), options)
  }

  /** Resolves when `tryAdd` may take a record for that partition. */
  whenRoomFor(at: TopicPartition, options: WaitOptions): Promise<void> {
    return this.#whenRoom(() => {
      const topic = this.#topics.get(at.topic)
      if (topic?.isBacklogged === true) return false
      const queue = topic?.queues[at.partition]
      return queue === undefined ? !this.#room.isShort : this.#room.isFor(queue)
    }, options)
  }

  /**
   * Sends everything without waiting for linger; resolves when all taken before is done.
   *
   * @param call For messages: `flush()`.
   */
  async flush(call: string, options: WaitOptions = {}): Promise<void> {
    const isOver = this.isAllDone ? () => true : this.#flushing()
    await this.#flushWaits.wait(isOver, call, options)
    await this.#turns.pass()
  }

  metrics(): ProducerMetrics {
    return this.#stats.read(this.#pool)
  }

  /** Fails everything that is not acknowledged, and gives its connections up. */
  fail(error: RinglogError): void {
    this.stopTaking()
    this.#expiry.stop()
    this.#roomWaits.fail(error) // before room appears by what fails
    for (const topic of this.#topics.values()) topic.fail(error)
  }

  /** Tells whether all that was there is done. */
  #flushing(): () => boolean {
    this.#markAllDue()
    const progress = new FlushProgress(this.#topics.values(), () => {
      this.#markAllDue()
      return this.#unfinished()
    })
    return () => progress.isOver() && this.#notices.areTold
  }

  /** Whether no record is on its way, and whose records were has been told. */
  get isAllDone(): boolean {
    // Memory is given back once its batch is delivered or has failed; some of what is held takes none.
    if (this.#pool.usedBytes > 0 || !this.#notices.areTold) return false
    for (const topic of this.#topics.values()) if (topic.isHolding) return false
    return true
  }

  #otherTopic(name: string): TopicAccumulator {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      assertTopicName(name)
      this.#forgetGone()
      topic = new TopicAccumulator(name, this.#services, this.#events)
      this.#topics.set(name, topic)
    }
    this.#lastTopic = topic
    return topic
  }

  /** Keeps nothing of topics that are deleted, or never were. */
  #forgetGone(): void {
    for (const [name, topic] of this.#topics) {
      if (!topic.isGone) continue
      this.#topics.delete(name)
      if (this.#lastTopic === topic) this.#lastTopic = null
    }
  }

  #partitionCount(): number {
    let count = 0
    for (const { queues } of this.#topics.values()) count += queues.length
    return count
  }

  async #whenRoom(isOver: () => boolean, options: WaitOptions): Promise<void> {
    if (!isOver()) this.#markAllDue() // what lingers gives its memory back
    await this.#roomWaits.wait(isOver, 'drained()', options)
    await this.#turns.pass()
  }

  /** Takes in the answers that lie in shared memory. */
  #takeIn(): void {
    for (const topic of this.#topics.values()) {
      for (const queue of topic.unfinishedQueues) queue.advance()
    }
  }

  /** Does, and tells, what a change makes possible. */
  #afterChange(): void {
    for (const topic of this.#topics.values()) topic.takeHeld()
    this.#expiry.watchHeld()
    this.#roomWaits.check()
    this.#flushWaits.check()
  }

  #producerIdentity(isExhausted: boolean): Promise<ProducerIdentity> {
    if (isExhausted) return this.#engine.producerIdentity()
    if (this.#identity === null) {
      this.#identity = this.#engine.producerIdentity()
      this.#identity.catch(() => (this.#identity = null))
    }
    return this.#identity
  }

  /** @throws RinglogError BROKER_CLOSED. */
  #readTime(): number {
    const closed = this.#engine.closedError()
    if (closed !== null) throw closed
    const nowMs = this.#clock.wallMs()
    this.nowMs = nowMs
    this.#setTurnEnd()
    return nowMs
  }

  #onHeld(): void {
    this.#memoryTakes++
    this.#markAllDue() // what lingers gives its memory back
    this.#expiry.watchHeld()
  }

  #onBatchOpened(queue: LingeringQueue): void {
    this.#memoryTakes++
    this.nowMs = null
    const { lingerMs, deliveryTimeoutMs } = this.#config
    this.#expiry.watchBatches(deliveryTimeoutMs)
    if (lingerMs === 0) {
      this.#dueAtTurnEnd.push(queue)
      this.#setTurnEnd()
      return
    }
    queue.linger(lingerMs)
  }

  #setTurnEnd(): void {
    if (this.#isTurnEndSet) return
    this.#isTurnEndSet = true
    this.#clock.setTurnEnd(() => this.#onTurnEnd())
  }

  #onTurnEnd(): void {
    this.#isTurnEndSet = false
    this.nowMs = null
    const due = this.#dueAtTurnEnd
    this.#dueAtTurnEnd = []
    for (const queue of due) queue.markDue()
  }

  #markAllDue(): void {
    for (const topic of this.#topics.values()) {
      for (const queue of topic.queues) queue.markDue()
    }
  }

  #unfinished(): ProducerBatch[] {
    return [...this.#topics.values()].flatMap((topic) =>
      topic.unfinishedQueues.flatMap((queue) =>
        queue.unfinished().filter(({ isSettled }) => !isSettled),
      ),
    )
  }

  /** A log that refuses at once uses up no memory; where one batch has waited in vain, others wait. */
  #onFull(error: RinglogError): void {
    if (error.details['whenFull'] !== 'reject') this.#fullError = error
  }

  #onBatchDelivered(batch: ProducerBatch): void {
    this.#fullError = null
    this.#notices.push(() => batch.tell())
  }

  #onBatchFailed(batch: ProducerBatch, error: RinglogError): void {
    const { recordCount, silentRecords, at } = batch
    this.#stats.onFailed(recordCount)
    const isUnacknowledged = this.#config.acks === 0 && batch.attempts > 0
    if (!isUnacknowledged) this.failures.noteSilent(error, silentRecords)
    this.#notices.push(() => {
      batch.tell()
      if (!isUnacknowledged) this.failures.tell(error, { ...at, count: recordCount })
    })
    this.#topics.get(at.topic)?.onBatchFailed(error)
  }

  #onBatchReleased(batch: ProducerBatch, isMemoryLost: boolean): void {
    if (isMemoryLost || !batch.isPooled) this.#pool.unreserve(batch.memoryBytes)
    else this.#pool.release(batch.memory)
    this.#notices.request()
  }

  #onHeldDone(record: PendingRecord, error: RinglogError | null): void {
    if (error === null) {
      this.#notices.request()
      return
    }
    this.#stats.onFailed(1)
    const { topic, partition, delivery } = record
    this.failures.noteSilent(error, delivery === null ? 1 : 0)
    this.#notices.push(() => {
      delivery?.reject(error)
      this.failures.tell(error, { topic, partition: partition ?? UNKNOWN_PARTITION, count: 1 })
    })
  }
}
