import {
  RinglogError,
  assertTopicName,
  checkPartition,
  checkWaitOptions,
  engineOf,
  topicDeleted,
  type Data,
  type LogClient,
  type ProducerEngine,
  type ProducerMetrics,
  type ProducerRecord,
  type RecordMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Writable } from 'node:stream'
import {
  resolveProducerConfig,
  type ProducerConfig,
  type ResolvedProducerConfig,
} from './config.ts'
import type { Backlog } from './backlog.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { Delivery } from './record-promises.ts'
import type { CloseOptions, DrainedOptions, ProducerLike, WaitOptions } from './producer-like.ts'
import { RecordAccumulator } from './record-accumulator.ts'
import { RecordFields, type TakenRecord } from './record-fields.ts'
import {
  BoundWriter,
  checkWriterTarget,
  type RecordWriter,
  type WriterOwner,
} from './record-writer.ts'
import { RecordWritable } from './record-writable.ts'

export const DRAINED_OPTIONS = ['partition', 'timeoutMs', 'signal']

let producerCount = 0

/**
 * Writes a batch of Kafka's format, that another log had, to a partition as it is: `false` means as for
 * `Producer.write`. `null`: it is not taken, since its topic or partition is not known yet, or for want of memory; its
 * records can be written one by one.
 *
 * @param batch Whole, with all offsets from its first to its last, and no control batch; copied before the call
 *   returns.
 * @throws RinglogError MESSAGE_TOO_LARGE, PRODUCER_CLOSED, BROKER_CLOSED.
 */
export let writeEncoded: (
  producer: Producer,
  at: TopicPartition,
  batch: Uint8Array,
) => boolean | null

/**
 * Resolves when a producer knows of a topic, which exists.
 *
 * @throws RinglogError PRODUCER_CLOSED, BROKER_CLOSED.
 */
export let learnTopic: (producer: Producer, topic: string) => Promise<void>

/** Whether nothing of a producer is on its way, and no failure is left for its `flush` to reject with. */
export let isFlushed: (producer: Producer) => boolean

/** Why the first record was not delivered that was given to `write`, whoever has heard of it; `null`: none was lost. */
export let firstLossOf: (producer: Producer) => RinglogError | null

/**
 * Sends records to the partitions of topics: chooses the partition, gathers records into batches,
 * and hands the batches over, in order per partition, again where that can help.
 *
 * Key, value and headers are copied before a call returns; what a serde returns, before other code of
 * yours is called. Records for a topic or a partition that is not there yet are held until it is, or
 * `maxBlockMs` have passed.
 *
 * Serdes, partitioners, getters of records, iterables of headers and `onDeliveryError` may call the
 * producer themselves: it calls none of them while it changes.
 *
 * Thread: the one it was made in.
 */
export class Producer<K = Data | null, V = Data | null>
  implements ProducerLike<K, V>, AsyncDisposable
{
  readonly #engine: ProducerEngine
  readonly #config: ResolvedProducerConfig
  readonly #fields: RecordFields
  readonly #records: RecordAccumulator
  readonly #writerOwner: WriterOwner<K, V>
  readonly #detach: () => void
  /** Where the last `write` that returned false went, until one there returns true. */
  #congested: Backlog | null = null
  /** `memoryTakes` when it was last asked whether a writer should stop. */
  #seenMemoryTakes = 0
  /** Calls of `flush` and `close` that are under way: they tell of an error that comes. */
  #flushes = 0
  #closedError: RinglogError | null = null
  /** The broker has gone before the producer was closed. */
  #isLost = false

  /**
   * @param client From `Broker.start()` or `connect()`.
   * @throws RinglogError INVALID_CONFIG that lists every faulty option.
   */
  constructor(client: LogClient, config?: ProducerConfig<K, V>) {
    this.#engine = engineOf(client)
    this.#config = resolveProducerConfig(config)
    this.#fields = new RecordFields(this.#config)
    const clientId = this.#config.clientId ?? `producer-${++producerCount}`
    this.#records = new RecordAccumulator(this.#engine, this.#config, clientId)
    this.#writerOwner = {
      records: this.#records,
      takesPlainData: !this.#fields.hasSerdes,
      take: (record) => this.#take(record, null),
      mayGoOn: (backlog) => this.#mayGoOn(backlog),
      drained: (options) => this.drained(options),
    }
    this.#detach = this.#engine.attach({
      drain: (deadlineMs) => this.#drain(deadlineMs),
      close: () => this.#closeWithClient(),
      fail: (error) => this.#fail(error),
      report: () => ({
        kind: 'producer',
        clientId,
        groupId: null,
        metrics: this.#records.metrics(),
      }),
    })
  }

  /**
   * Sends a record; resolves when it is in the log (with `acks` 0: when it was handed over). The
   * records of one partition are written, and their promises resolved, in the order of the calls.
   * Never throws, always rejects.
   *
   * A record sent alone leaves at the end of this turn of the event loop; many of one turn travel
   * together. While `bufferMemoryBytes` are used up, the record waits up to `maxBlockMs`.
   *
   * @throws RinglogError (as a rejection) INVALID_REQUEST, SERIALIZATION_FAILED, INVALID_TOPIC_EXCEPTION,
   *   UNKNOWN_TOPIC_OR_PARTITION, MESSAGE_TOO_LARGE, BUFFER_FULL, REQUEST_TIMED_OUT,
   *   PARTITION_OFFLINE, PRODUCER_CLOSED, BROKER_CLOSED.
   */
  send(record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    try {
      this.#fields.check(record)
      const queue = this.#place(record)
      if (queue !== null) return queue.promiseOfLast()
      const taken = this.#read(record)
      return this.#records.topic(taken.topic).send(taken)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends a record that nobody awaits: much cheaper than `send`. The record is taken; `false` means
   * stop until `drained()` (Node's Writable contract). What then goes wrong, `flush` rejects with, and
   * `onDeliveryError` is called with.
   *
   * A field that no record has is looked for in the first record of each turn of the event loop, in one
   * of each batch, and in all that have a partition, a timestamp or headers: to look in every record
   * would cost a tenth of the call. `send` and `tryWrite` do.
   *
   * @throws RinglogError BUFFER_FULL when `bufferMemoryBytes` are used up; and whatever is wrong with
   *   the record itself. It is not taken then.
   */
  write(record: ProducerRecord<K, V>): boolean {
    return this.#mayGoOn(this.#place(record) ?? this.#take(record, null))
  }

  /**
   * Writes to one topic or one partition, value by value, without an object for each: the fastest path of a
   * record, some four fifths of what `write` takes in the producer's thread. The topic need not be there yet.
   *
   * With a topic, the producer's partitioner chooses for each record, as for `write`, also among partitions
   * that are added meanwhile.
   *
   * @throws RinglogError INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, PRODUCER_CLOSED, BROKER_CLOSED.
   */
  writer(to: string | TopicPartition): RecordWriter<K, V> {
    this.#assertOpen()
    const { topic, partition } = checkWriterTarget(to)
    return new BoundWriter(topic, partition, this.#writerOwner)
  }

  /**
   * Sends a record that nobody awaits, or returns `false` and does not take it: its partition has
   * enough to do, or memory is short and the partition has its share of it. So one partition that is
   * stuck does not hold up a writer that has records for others. For load shedding; or try again after
   * `drained({ partition })`.
   *
   * @throws RinglogError whatever is wrong with the record itself.
   */
  tryWrite(record: ProducerRecord<K, V>): boolean {
    this.#fields.check(record)
    const taken = this.#read(record)
    return this.#records.topic(taken.topic).tryAdd(taken)
  }

  /**
   * Resolves when the partition that last made `write` return false has room again; at once where
   * none has, or it already does. With `partition`: when `tryWrite` may take a record for it. A loop of calls
   * that need not wait lets the event loop turn every 10 ms.
   *
   * @throws RinglogError REQUEST_TIMED_OUT after `timeoutMs`, `signal.reason` when aborted,
   *   INVALID_REQUEST, PRODUCER_CLOSED, BROKER_CLOSED.
   */
  async drained(options: DrainedOptions = {}): Promise<void> {
    this.#assertOpen()
    checkWaitOptions('drained()', options, DRAINED_OPTIONS)
    const { partition } = options
    await (partition === undefined
      ? this.#records.whenNotCongested(this.#congested, options)
      : this.#records.whenRoomFor(checkPartition(partition), options))
  }

  /**
   * Sends everything that was taken before the call, without waiting for linger; resolves when all of
   * it is acknowledged or failed. A loop of calls that need not wait lets the event loop turn every 10 ms.
   *
   * @throws RinglogError the first error of a record given to `write` since the last flush;
   *   REQUEST_TIMED_OUT after `timeoutMs`, `signal.reason` when aborted; INVALID_REQUEST.
   */
  async flush(options: WaitOptions = {}): Promise<void> {
    this.#assertOpen()
    checkWaitOptions('flush()', options)
    this.#flushes++
    try {
      await this.#records.flush('flush()', options)
    } finally {
      this.#flushes--
    }
    const error = this.#records.failures.takeSilentError()
    if (error !== null) throw error
  }

  /**
   * The partitions of a topic, ascending; waits for the topic up to `maxBlockMs`, or `timeoutMs` where
   * that is less.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION when it does not exist by then, `signal.reason` when
   *   aborted, INVALID_TOPIC_EXCEPTION, INVALID_REQUEST, PRODUCER_CLOSED, BROKER_CLOSED.
   */
  async partitionsFor(topic: string, options: WaitOptions = {}): Promise<number[]> {
    this.#assertOpen()
    assertTopicName(topic)
    checkWaitOptions('partitionsFor()', options)
    const { timeoutMs = Infinity, signal } = options
    const deadlineMs = this.#engine.clock.nowMs() + Math.min(timeoutMs, this.#config.maxBlockMs)
    const { partitions } = await this.#records.metadata.find(topic, { deadlineMs, signal })
    const count = partitions.current
    if (count < 0) throw topicDeleted(topic)
    return Array.from({ length: count }, (_, partition) => partition)
  }

  /** What the producer has done up to now; also after it was closed. */
  metrics(): ProducerMetrics {
    return this.#records.metrics()
  }

  /**
   * A stream of records into this producer, for `stream.pipeline`: it holds its source back while the
   * producer should not be written to, ends when all that went through it is acknowledged, and is
   * destroyed with the error of the first record that is not. The producer stays open.
   */
  toWritable(): Writable {
    this.#assertOpen()
    return new RecordWritable<ProducerRecord<K, V>>({
      take: (record, delivery, signal) => {
        const backlog = this.#take(record, delivery)
        const mustWait = this.#records.isCongested(backlog)
        return mustWait ? this.#records.whenNotCongested(backlog, { signal }) : null
      },
      flush: (signal) => this.#records.flush('end()', { signal }),
    })
  }

  /**
   * Sends what was taken, then closes; later calls fail with PRODUCER_CLOSED. Idempotent.
   *
   * After `timeoutMs`, or when aborted, what is not acknowledged fails with PRODUCER_CLOSED; what of it
   * was on its way may be in the log all the same: `details.isMaybeAppended`.
   *
   * @throws RinglogError the first error of a record given to `write` since the last flush, once;
   *   `signal.reason` when aborted: the producer is closed all the same. INVALID_REQUEST.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    checkWaitOptions('close()', options)
    if (this.#isLost) return
    this.#closedError ??= new RinglogError('PRODUCER_CLOSED')
    this.#records.stopTaking()
    this.#flushes++
    const isInTime = await this.#records.flush('close()', options).then(
      () => true,
      () => false,
    )
    this.#records.fail(this.#closedError)
    await this.#records.flush('close()') // what was on its way has failed, too
    this.#flushes--
    this.#detach()
    if (!isInTime) options.signal?.throwIfAborted()
    const error = this.#records.failures.takeSilentError()
    if (error !== null) throw error
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Takes a record as most are, without partition, timestamp, headers and serdes, whose topic is at
   * hand, and returns where it waits now; `null`: the record is to be taken the general way. Everything
   * to that is in few and small functions, so that V8 puts it in line as a whole.
   */
  #place(record: ProducerRecord<K, V>): PartitionQueue | null {
    if (!this.#fields.arePlain(record)) return null
    const { topic, key, value } = record as ProducerRecord<unknown, unknown>
    // Looked at last: the record's own getters may have closed the producer.
    return this.#closedError === null ? this.#records.place(topic, key, value) : null
  }

  /** Checks a record and takes it the general way, or throws; returns where it waits now. */
  #take(record: ProducerRecord<K, V>, delivery: Delivery | null): Backlog {
    this.#fields.check(record)
    const taken = this.#read(record)
    return this.#records.topic(taken.topic).add(taken, delivery)
  }

  /** The fields of a record that `check` has let pass, checked one by one. */
  #read(record: ProducerRecord<K, V>): TakenRecord {
    this.#assertTaking()
    const taken = this.#fields.read(record)
    this.#assertTaking() // a getter, a serde or an iterable of the user's may have closed the producer
    const timestampMs = this.#records.timeOf(taken.timestampMs)
    return { ...taken, timestampMs }
  }

  /** Whether a writer whose record waits there may go on. */
  #mayGoOn(backlog: Backlog): boolean {
    return this.#congested === null && this.#records.memoryTakes === this.#seenMemoryTakes
      ? true
      : !this.#congests(backlog)
  }

  #congests(backlog: Backlog): boolean {
    this.#seenMemoryTakes = this.#records.memoryTakes
    const isCongested = this.#records.isCongested(backlog)
    if (isCongested) this.#congested = backlog
    else if (this.#congested === backlog) this.#congested = null
    return isCongested
  }

  static {
    isFlushed = (producer) => {
      if (producer.#closedError !== null) return false
      return producer.#records.isAllDone && producer.#records.failures.silentRecords === 0
    }
    firstLossOf = (producer) => producer.#records.failures.firstSilentError
    writeEncoded = (producer, { topic, partition }, batch) => {
      producer.#assertOpen()
      const queue = producer.#records.topic(topic).placeEncoded(partition, batch)
      return queue === null ? null : producer.#mayGoOn(queue)
    }
    learnTopic = async (producer, topic) => {
      producer.#assertOpen()
      await producer.#records.topic(topic).learn()
    }
  }

  /** Whether the broker is closed is asked for every batch, not for every record. */
  #assertTaking(): void {
    if (this.#closedError !== null) throw this.#closedError
  }

  #assertOpen(): void {
    if (this.#closedError !== null) throw this.#closedError
    const closed = this.#engine.closedError()
    if (closed !== null) throw closed
  }

  /** A user that closes the client gets the error of what was lost; a broker that closes ends all the same. */
  async #closeWithClient(): Promise<void> {
    const gone = this.#engine.closedError()
    if (gone === null) await this.close()
    else this.#fail(gone)
  }

  async #drain(deadlineMs: number): Promise<void> {
    const timeoutMs = Math.max(0, deadlineMs - this.#engine.clock.nowMs())
    await this.#records.flush('the broker', { timeoutMs }).catch(() => undefined)
  }

  /** The broker is gone. Records that failed and that no call reports any more, a warning of the process does. */
  #fail(error: RinglogError): void {
    if (this.#closedError === null) this.#isLost = true
    this.#closedError ??= error
    this.#records.fail(error)
    this.#detach()
    void this.#warnOfLost()
  }

  async #warnOfLost(): Promise<void> {
    if (this.#flushes > 0) return
    await this.#records.flush('flush()') // what was on its way has failed, too
    const { silentRecords } = this.#records.failures
    const silent = this.#records.failures.takeSilentError()
    if (silent === null || this.#config.onDeliveryError !== null) return
    process.emitWarning(
      `records given to write() were not delivered, and flush() was not called to hear of it: ` +
        `records=${silentRecords}; the first error: ${silent.message}`,
      { code: silent.code, type: 'RinglogWarning' },
    )
  }
}
