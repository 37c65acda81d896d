import {
  assertTopicName,
  clearTimer,
  monotonicMs,
  setTimer,
  setTurnEnd,
  type Data,
  type HeaderList,
  type LogEngine,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'
import { BufferPool } from './buffer-pool.ts'
import type { ResolvedProducerConfig } from './config.ts'
import type { PendingRecord } from './held-records.ts'
import type { Backlog, PartitionQueue } from './partition-queue.ts'
import type { Delivery, ProducerBatch } from './producer-batch.ts'
import { TopicAccumulator, type TopicContext } from './topic-accumulator.ts'

/** A writer is told to stop at so much of `bufferMemoryBytes` in use. */
const SHORT_MEMORY_SHARE = 3 / 4

/** Someone who waits for room. */
interface RoomWaiter {
  /** `null`: the room is memory alone. */
  readonly backlog: Backlog | null
  resolve(): void
  reject(error: RinglogError): void
}

/**
 * All records of a producer that are not acknowledged: by topic, by partition, in batches; the memory
 * they take; and when batches are due.
 *
 * Thread: the producer's.
 */
export class RecordAccumulator {
  readonly #config: ResolvedProducerConfig
  readonly #pool: BufferPool
  readonly #context: TopicContext
  readonly #topics = new Map<string, TopicAccumulator>()
  readonly #roomWaiters: RoomWaiter[] = []
  #lastTopic: TopicAccumulator | null = null
  #producerId: Promise<number> | null = null
  /** Queues whose open batch is due at the end of this turn of the event loop. */
  #dueAtTurnEnd: PartitionQueue[] = []
  #isTurnEndSet = false
  /**
   * The time given to records without one: read once a turn and once a batch; `null`: not read yet.
   * (A field that holds nothing but numbers would be copied to a new heap number for every record.)
   */
  #nowMs: number | null = null
  #heldTimer: NodeJS.Timeout | null = null
  #silentError: RinglogError | null = null

  constructor(engine: LogEngine, config: ResolvedProducerConfig, clientId: string) {
    this.#config = config
    this.#pool = new BufferPool(config.bufferMemoryBytes)
    this.#context = {
      config,
      pool: this.#pool,
      maxInFlight: config.maxInFlight,
      maxBlockMs: config.maxBlockMs,
      requestTimeoutMs: config.requestTimeoutMs,
      openAppender: (at) => engine.openAppender(at, { clientId }),
      producerId: () => {
        this.#producerId ??= config.idempotence
          ? engine.producerIdentity().then(({ producerId }) => producerId)
          : Promise.resolve(-1)
        return this.#producerId
      },
      fetchMetadata: (topic, deadlineMs) => engine.topicMetadata(topic, { deadlineMs }),
      onBatchOpened: (queue) => this.#onBatchOpened(queue),
      onDone: (batch, error, isMemoryLost) => this.#onBatchDone(batch, error, isMemoryLost),
      onHeldDone: (record, error) => this.#onHeldDone(record, error),
    }
  }

  /**
   * Takes a record, or throws and takes nothing. Returns where it waits now.
   *
   * @param partition `null`: the partitioner chooses.
   * @param timestampMs `null`: now.
   * @throws RinglogError as `TopicAccumulator.add`, and INVALID_TOPIC_EXCEPTION.
   */
  add(
    topic: string,
    key: Data | null,
    value: Data | null,
    partition: number | null,
    timestampMs: number | null,
    headers: HeaderList,
    delivery: Delivery | null,
  ): Backlog {
    const accumulator = this.#lastTopic?.topic === topic ? this.#lastTopic : this.#topic(topic)
    const timestamp = timestampMs ?? this.#now()
    const backlog = accumulator.add(key, value, partition, timestamp, headers, delivery)
    if (backlog === accumulator) {
      this.#markAllDue() // what lingers gives its memory back
      this.#watchHeld()
    }
    return backlog
  }

  /** Whether a writer should stop: there is enough to send, or memory is short. */
  isCongested(backlog: Backlog | null): boolean {
    if (backlog?.isBacklogged === true) return true
    return this.#pool.usedBytes > this.#pool.totalBytes * SHORT_MEMORY_SHARE
  }

  /** Resolves when `isCongested` no longer holds; fails with what fails the accumulator. */
  whenRoom(backlog: Backlog | null): Promise<void> {
    if (!this.isCongested(backlog)) return Promise.resolve()
    this.#markAllDue()
    return new Promise((resolve, reject) => this.#roomWaiters.push({ backlog, resolve, reject }))
  }

  /** Where the records of a partition wait; `null` where its topic was never written to. */
  backlogOf({ topic, partition }: TopicPartition): Backlog | null {
    const accumulator = this.#topics.get(topic)
    return accumulator?.queues[partition] ?? accumulator ?? null
  }

  /** Sends everything without waiting for linger; resolves when all taken before is done. */
  async flush(): Promise<void> {
    this.#markAllDue()
    await Promise.all([...this.#topics.values()].map((topic) => topic.whenHeldLeft()))
    this.#markAllDue()
    await Promise.all(
      this.#unfinished().map((batch) => new Promise<void>((done) => batch.onDone(done))),
    )
  }

  /** The first error of a record that nobody awaited, since this was last asked. */
  takeSilentError(): RinglogError | null {
    const error = this.#silentError
    this.#silentError = null
    return error
  }

  /** Fails everything that is not acknowledged, and gives its connections up. */
  fail(error: RinglogError): void {
    if (this.#heldTimer !== null) clearTimer(this.#heldTimer)
    this.#heldTimer = null
    for (const topic of this.#topics.values()) {
      topic.failHeld(error)
      for (const queue of topic.queues) {
        queue.markDue()
        queue.sender.close(error)
      }
    }
    for (const waiter of this.#roomWaiters.splice(0)) waiter.reject(error)
  }

  #topic(name: string): TopicAccumulator {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      assertTopicName(name)
      topic = new TopicAccumulator(name, this.#context)
      this.#topics.set(name, topic)
    }
    this.#lastTopic = topic
    return topic
  }

  #now(): number {
    if (this.#nowMs === null) {
      this.#nowMs = Date.now()
      this.#setTurnEnd()
    }
    return this.#nowMs
  }

  #onBatchOpened(queue: PartitionQueue): void {
    this.#nowMs = null
    if (this.#config.lingerMs === 0) {
      this.#dueAtTurnEnd.push(queue)
      this.#setTurnEnd()
      return
    }
    const opened = queue.openedBatches
    setTimer(() => {
      if (queue.openedBatches === opened) queue.markDue()
    }, this.#config.lingerMs)
  }

  #setTurnEnd(): void {
    if (this.#isTurnEndSet) return
    this.#isTurnEndSet = true
    setTurnEnd(() => this.#onTurnEnd())
  }

  #onTurnEnd(): void {
    this.#isTurnEndSet = false
    this.#nowMs = null
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
      topic.queues.flatMap((queue) => queue.unfinished()),
    )
  }

  #onBatchDone(batch: ProducerBatch, error: RinglogError | null, isMemoryLost: boolean): void {
    if (isMemoryLost) this.#pool.unreserve(batch.memoryBytes)
    else this.#pool.release(batch.memory)
    if (error !== null && batch.silentRecords > 0) this.#silentError ??= error
    for (const topic of this.#topics.values()) topic.takeHeld()
    this.#admitWaiters()
  }

  #onHeldDone(record: PendingRecord, error: RinglogError | null): void {
    if (error !== null && record.delivery === null) this.#silentError ??= error
    else if (error !== null) record.delivery!.reject(error)
    this.#admitWaiters()
  }

  #admitWaiters(): void {
    for (let i = this.#roomWaiters.length - 1; i >= 0; i--) {
      const waiter = this.#roomWaiters[i]!
      if (this.isCongested(waiter.backlog)) continue
      this.#roomWaiters.splice(i, 1)
      waiter.resolve()
    }
  }

  /** Fails held records when their time is over, also when nothing else happens. */
  #watchHeld(): void {
    if (this.#heldTimer !== null) return
    const nowMs = monotonicMs()
    let nextMs = Infinity
    for (const topic of this.#topics.values()) nextMs = Math.min(nextMs, topic.expireHeld(nowMs))
    if (nextMs === Infinity) return
    this.#heldTimer = setTimer(
      () => {
        this.#heldTimer = null
        this.#watchHeld()
      },
      Math.ceil(nextMs - nowMs) + 1,
    )
  }
}
