import {
  FifoQueue,
  assertTopicName,
  type ClockTimer,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { FailedRecords, WaitOptions } from '@ringlog/producer'
import {
  BufferPool,
  MemoryRoom,
  Notices,
  RecordMetadataObject,
  UNKNOWN_OFFSET,
  UNKNOWN_PARTITION,
  Waits,
  bufferFull,
  timedOut,
  type Delivery,
  type ReadRecord,
} from '@ringlog/producer/internal'
import { configOf, unknownTopic } from '../mock-topics.ts'
import type { ResolvedMockProducerConfig } from './mock-producer-config.ts'
import { MockTopic, type Place } from './mock-topic.ts'

/**
 * The records that a mock producer has taken, in the order in which they came, until each is delivered or
 * has failed; and the memory that they take.
 *
 * Code of the user's is called by partitioners, before anything is changed; and by notices, in microtasks.
 */
export class PendingSends {
  readonly #config: ResolvedMockProducerConfig
  readonly #pool: BufferPool
  readonly #room: MemoryRoom
  readonly #roomWaits: Waits
  readonly #notices = new Notices(() => this.#roomWaits.check())
  readonly #topics = new Map<string, MockTopic>()
  /** In order; those that are done are passed over. */
  readonly #sends = new FifoQueue<PendingSend>()
  /** Those of them that wait for memory: their bytes are still their callers'. */
  readonly #uncounted = new FifoQueue<PendingSend>()
  #count = 0
  /** Where the last `add` that returned false went, until one there returns true. */
  #congested: Place['backlog'] = null
  #silentError: Error | null = null
  #closedError: RinglogError | null = null

  constructor(config: ResolvedMockProducerConfig) {
    this.#config = config
    this.#pool = new BufferPool(config.bufferMemoryBytes)
    this.#room = new MemoryRoom(this.#pool, () => this.#partitionCount())
    this.#roomWaits = new Waits(config.clock, () => undefined)
  }

  /** How many are neither delivered nor failed. */
  get count(): number {
    return this.#count
  }

  /**
   * Takes a record; returns whether its writer may go on.
   *
   * @param delivery `null`: nobody awaits it; it is not taken then for want of memory.
   * @throws RinglogError INVALID_TOPIC_EXCEPTION, MESSAGE_TOO_LARGE, INVALID_REQUEST, BUFFER_FULL.
   */
  add(record: ReadRecord, delivery: Delivery | null): boolean {
    const place = this.#place(record)
    const isCounted = this.#pool.reserve(place.sizeBytes)
    if (!isCounted && delivery === null) {
      place.backlog?.refuse(place.sizeBytes)
      throw this.#bufferFull(record.topic)
    }
    this.#take(record, place, delivery, isCounted)
    const mustStop = this.#room.isCongested(place.backlog)
    if (mustStop) this.#congested = place.backlog
    else if (this.#congested === place.backlog) this.#congested = null
    return !mustStop
  }

  /** Takes a record that nobody awaits; `false`: its partition has enough, or memory is short. */
  tryAdd(record: ReadRecord): boolean {
    const place = this.#place(record)
    const hasRoom = place.backlog === null ? !this.#room.isShort : this.#room.isFor(place.backlog)
    if (!hasRoom || !this.#pool.reserve(place.sizeBytes)) return false
    this.#take(record, place, null, true)
    return true
  }

  /** Delivers the oldest, or fails it with that error; `false`: there is none. */
  completeNext(error: Error | null): boolean {
    for (let send = this.#sends.shift(); send !== undefined; send = this.#sends.shift()) {
      if (send.isDone) continue
      this.#complete(send, error)
      return true
    }
    return false
  }

  completeAll(): void {
    while (this.completeNext(null));
  }

  /** Forgets all: nobody hears what becomes of them. */
  clear(): void {
    for (const send of this.#sends.shiftAll()) if (!send.isDone) this.#end(send)
    this.#silentError = null
  }

  /**
   * Resolves when `add` may go on where it last said no; with a partition, when `tryAdd` may take a record for
   * it.
   */
  whenRoom(at: TopicPartition | null, options: WaitOptions): Promise<void> {
    return this.#roomWaits.wait(
      () => {
        if (at === null) return !this.#room.isCongested(this.#congested)
        const backlog = this.#topics.get(at.topic)?.partitions[at.partition]
        return backlog === undefined ? !this.#room.isShort : this.#room.isFor(backlog)
      },
      'drained()',
      options,
    )
  }

  /** Once: the first error of a record that nobody awaited. */
  throwSilentError(): void {
    const error = this.#silentError
    this.#silentError = null
    if (error !== null) throw error
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  partitionsOf(name: string): number[] {
    const topic = this.#topic(name)
    if (topic === null) throw unknownTopic(name, this.#config.topics)
    return topic.partitions.map(({ partition }) => partition)
  }

  /** Nothing more comes: calls that wait for room fail. */
  close(error: RinglogError): void {
    this.#closedError ??= error
    this.#roomWaits.fail(error)
  }

  #place(record: ReadRecord): Place {
    const topic = this.#topic(record.topic)
    if (topic !== null) {
      const place = topic.place(record)
      if (this.#closedError !== null) throw this.#closedError // by a partitioner of the user's
      return place
    }
    return { backlog: null, sizeBytes: 0, refusal: unknownTopic(record.topic, this.#config.topics) }
  }

  #take(record: ReadRecord, place: Place, delivery: Delivery | null, isCounted: boolean): void {
    const { clock, autoComplete, acks } = this.#config
    const { topic, partition } = record
    const timestamp = record.timestampMs ?? clock.wallMs()
    const send: PendingSend = {
      ...place,
      topic,
      partition: place.backlog?.partition ?? partition ?? UNKNOWN_PARTITION,
      timestamp,
      delivery,
      isCounted,
      isDone: false,
      timer: null,
    }
    this.#count++
    place.backlog?.take(record, place.sizeBytes)
    this.#sends.push(send)
    if (!isCounted) this.#uncounted.push(send)
    if (autoComplete || acks === 0) this.completeNext(null)
    else this.#limit(send)
  }

  #complete(send: PendingSend, error: Error | null): void {
    const { topic, partition, timestamp, backlog, delivery } = send
    const failure = send.refusal ?? error
    this.#end(send)
    if (failure === null) {
      const offset = this.#config.acks === 0 ? UNKNOWN_OFFSET : backlog!.nextOffset++
      delivery?.resolve(new RecordMetadataObject(topic, partition, offset, timestamp))
      return
    }
    if (delivery === null) this.#silentError ??= failure
    this.#notices.push(() => {
      delivery?.reject(failure)
      const failed: FailedRecords = { topic, partition, count: 1 }
      this.#config.onDeliveryError?.(failure as RinglogError, failed)
    })
  }

  /** Its memory is free, for those that wait for some first. */
  #end(send: PendingSend): void {
    send.isDone = true
    this.#count--
    if (send.timer !== null) this.#config.clock.clearTimer(send.timer)
    if (send.isCounted) this.#pool.unreserve(send.sizeBytes)
    send.backlog?.giveBack(send.sizeBytes)
    this.#countWaiting()
    this.#notices.request()
  }

  #countWaiting(): void {
    for (let next = this.#uncounted.head; next !== undefined; next = this.#uncounted.head) {
      if (!next.isDone) {
        if (!this.#pool.reserve(next.sizeBytes)) return
        next.isCounted = true
        this.#limit(next)
      }
      this.#uncounted.shift()
    }
  }

  /** Says how long it may take: to be delivered, or to get memory where there was none. */
  #limit(send: PendingSend): void {
    const { clock, deliveryTimeoutMs, maxBlockMs } = this.#config
    const { topic, partition, isCounted } = send
    const onTimer = (): void => {
      send.timer = null
      const batch = { at: { topic, partition }, recordCount: 1, attempts: 1 }
      const error = isCounted ? timedOut(batch, deliveryTimeoutMs, true) : this.#bufferFull(topic)
      this.#complete(send, error)
    }
    if (send.timer !== null) clock.clearTimer(send.timer)
    send.timer = clock.setTimer(onTimer, isCounted ? deliveryTimeoutMs : maxBlockMs)
    send.timer.unref()
  }

  #bufferFull(topic: string): RinglogError {
    return bufferFull(topic, this.#config.bufferMemoryBytes, null)
  }

  /** @throws RinglogError INVALID_TOPIC_EXCEPTION. */
  #topic(name: string): MockTopic | null {
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    assertTopicName(name)
    const topicConfig = configOf(name, this.#config.topics)
    if (topicConfig === null) return null
    const topic = new MockTopic(name, topicConfig, this.#config)
    this.#topics.set(name, topic)
    return topic
  }

  #partitionCount(): number {
    let count = 0
    for (const { partitions } of this.#topics.values()) count += partitions.length
    return Math.max(count, 1)
  }
}

/** A record that was taken. */
interface PendingSend extends Place {
  readonly topic: string
  /** -1: none was chosen. */
  readonly partition: number
  readonly timestamp: number
  readonly delivery: Delivery | null
  /** Whether its bytes are counted against `bufferMemoryBytes`. */
  isCounted: boolean
  /** Delivered, failed or forgotten. */
  isDone: boolean
  timer: ClockTimer | null
}
