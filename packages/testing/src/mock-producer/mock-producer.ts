import {
  RinglogError,
  assertTopicName,
  checkPartition,
  checkWaitOptions,
  show,
  type Data,
  type ProducerRecord,
  type RecordMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'
import type {
  CloseOptions,
  DrainedOptions,
  ProducerLike,
  RecordWriter,
  WaitOptions,
} from '@ringlog/producer'
import {
  DRAINED_OPTIONS,
  RecordFields,
  checkWriterTarget,
  type ReadRecord,
} from '@ringlog/producer/internal'
import { types } from 'node:util'
import { resolveMockProducerConfig, type MockProducerConfig } from './mock-producer-config.ts'
import { PendingSends } from './pending-sends.ts'
import { takenAsGiven } from './sent-record.ts'

/**
 * A producer for unit tests: it keeps what it is given, in no log, and a test says what becomes of it. For
 * code that is written against `ProducerLike`.
 *
 * By default each record is delivered at once; with `autoComplete: false` it waits for `completeNext`,
 * `errorNext` or `flush`. Records are checked, serialized and given a partition as the real producer does, by
 * the same code, and offsets count up from 0 in each partition.
 *
 * What a `write` is told, it is told of the memory that waits: set a small `bufferMemoryBytes` to see your
 * program stop, and go on with `drained`.
 *
 * Thread: the one it was made in.
 *
 * Source: Apache Kafka, `clients/producer/MockProducer.java`, for what it does.
 */
export class MockProducer<K = Data | null, V = Data | null>
  implements ProducerLike<K, V>, AsyncDisposable
{
  /** What `send` rejects with, and `write` and `tryWrite` throw, as long as it is set. */
  sendException: Error | null = null
  /** What `flush` rejects with, as long as it is set; nothing is completed then. */
  flushException: Error | null = null
  /** What `partitionsFor` rejects with, as long as it is set. */
  partitionsForException: Error | null = null
  /** What `close` rejects with, as long as it is set; the producer stays open then. */
  closeException: Error | null = null
  readonly #fields: RecordFields
  readonly #sends: PendingSends
  #history: Array<ProducerRecord<K, V>> = []
  #closedError: RinglogError | null = null

  /** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
  constructor(config?: MockProducerConfig<K, V>) {
    const resolved = resolveMockProducerConfig(config)
    this.#fields = new RecordFields(resolved)
    this.#sends = new PendingSends(resolved)
  }

  /**
   * Every record that was taken, in the order of the calls, as it was given; also those that failed later.
   * Bytes are copies.
   */
  history(): Array<ProducerRecord<K, V>> {
    return [...this.#history]
  }

  /** How many records are neither delivered nor failed. */
  get pendingCount(): number {
    return this.#sends.count
  }

  /** Whether it was closed. */
  closed(): boolean {
    return this.#closedError !== null
  }

  /**
   * Forgets the history, and what was not completed: its promises stay pending. Offsets go on.
   */
  clear(): void {
    this.#history = []
    this.#sends.clear()
  }

  /** Delivers the oldest record that waits; `false`: none does. */
  completeNext(): boolean {
    return this.#sends.completeNext(null)
  }

  /**
   * Fails the oldest record that waits; `false`: none does. It takes no offset, as with the real producer.
   *
   * @param error A `RinglogError` is what the real one fails records with.
   * @throws RinglogError INVALID_REQUEST for what is no error.
   */
  errorNext(error: Error): boolean {
    if (error instanceof Error || types.isNativeError(error)) return this.#sends.completeNext(error)
    throw new RinglogError('INVALID_REQUEST', `errorNext() takes an Error, got ${show(error)}`)
  }

  send(record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    try {
      const { given, read } = this.#read(record)
      const { promise, ...delivery } = Promise.withResolvers<RecordMetadata>()
      this.#sends.add(read, delivery)
      this.#history.push(given)
      return promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  write(record: ProducerRecord<K, V>): boolean {
    const { given, read } = this.#read(record)
    const mayGoOn = this.#sends.add(read, null)
    this.#history.push(given)
    return mayGoOn
  }

  /** Writes as `write` does, a record for each value: that is what `history` has. */
  writer(to: string | TopicPartition): RecordWriter<K, V> {
    this.#assertOpen()
    const { topic, partition } = checkWriterTarget(to)
    const at = partition === null ? { topic } : { topic, partition }
    return {
      topic,
      partition,
      write: (value, key) => this.write({ ...at, value, ...(key === undefined ? {} : { key }) }),
      drained: (options) => this.drained(options),
    }
  }

  tryWrite(record: ProducerRecord<K, V>): boolean {
    const { given, read } = this.#read(record)
    if (!this.#sends.tryAdd(read)) return false
    this.#history.push(given)
    return true
  }

  async drained(options: DrainedOptions = {}): Promise<void> {
    this.#assertOpen()
    checkWaitOptions('drained()', options, DRAINED_OPTIONS)
    const { partition } = options
    await this.#sends.whenRoom(partition === undefined ? null : checkPartition(partition), options)
  }

  /**
   * Delivers all that waits.
   *
   * @throws RinglogError the first error of a record given to `write` since the last flush; INVALID_REQUEST;
   *   `flushException`.
   */
  async flush(options: WaitOptions = {}): Promise<void> {
    this.#assertOpen()
    checkWaitOptions('flush()', options)
    options.signal?.throwIfAborted()
    if (this.flushException !== null) throw this.flushException
    this.#sends.completeAll()
    this.#sends.throwSilentError()
  }

  /**
   * The partitions of a topic, ascending.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION at once, where the real one waits for `maxBlockMs`;
   *   INVALID_TOPIC_EXCEPTION, INVALID_REQUEST, PRODUCER_CLOSED; `partitionsForException`.
   */
  async partitionsFor(topic: string, options: WaitOptions = {}): Promise<number[]> {
    this.#assertOpen()
    assertTopicName(topic)
    checkWaitOptions('partitionsFor()', options)
    if (this.partitionsForException !== null) throw this.partitionsForException
    return this.#sends.partitionsOf(topic)
  }

  /**
   * Delivers all that waits, then closes; later calls fail with PRODUCER_CLOSED. Idempotent.
   *
   * @throws RinglogError the first error of a record given to `write` since the last flush, once;
   *   INVALID_REQUEST; `closeException`.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    checkWaitOptions('close()', options)
    if (this.closeException !== null) throw this.closeException
    this.#closedError ??= new RinglogError('PRODUCER_CLOSED')
    this.#sends.completeAll()
    this.#sends.close(this.#closedError)
    options.signal?.throwIfAborted()
    this.#sends.throwSilentError()
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Checks and serializes a record, as the real producer does; user code may run meanwhile. */
  #read(record: ProducerRecord<K, V>): { given: ProducerRecord<K, V>; read: ReadRecord } {
    this.#fields.check(record)
    this.#assertTaking()
    const given = takenAsGiven(record)
    const read = this.#fields.read(given)
    this.#assertTaking()
    return { given, read }
  }

  #assertTaking(): void {
    this.#assertOpen()
    if (this.sendException !== null) throw this.sendException
  }

  #assertOpen(): void {
    if (this.#closedError !== null) throw this.#closedError
  }
}
