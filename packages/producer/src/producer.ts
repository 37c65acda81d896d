import {
  RinglogError,
  assertTopicName,
  durationMsOption,
  engineOf,
  monotonicMs,
  resolveOptions,
  show,
  toHeaderList,
  type HeaderList,
  type LogClient,
  type LogEngine,
  type ProducerRecord,
  type RecordMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'
import { checkRecord } from './checked-record.ts'
import {
  resolveProducerConfig,
  type ProducerConfig,
  type ResolvedProducerConfig,
} from './config.ts'
import type { Backlog } from './partition-queue.ts'
import type { Delivery } from './producer-batch.ts'
import { RecordAccumulator } from './record-accumulator.ts'
import { awaitWithin, type WaitOptions } from './wait-options.ts'

/** What application code needs of a producer: a test double can stand in for it. */
export interface ProducerLike {
  send(record: ProducerRecord): Promise<RecordMetadata>
  write(record: ProducerRecord): boolean
  drained(options?: DrainedOptions): Promise<void>
  flush(options?: WaitOptions): Promise<void>
  close(options?: CloseOptions): Promise<void>
}

export interface DrainedOptions extends WaitOptions {
  /** Whose room to wait for; absent: that of the partition that last made `write` return false. */
  partition?: TopicPartition
}

export interface CloseOptions {
  /** Absent: as long as it takes. */
  timeoutMs?: number
}

const NO_HEADERS: HeaderList = []
const CLOSE_OPTIONS = { timeoutMs: durationMsOption(Infinity) }

let producerCount = 0

/**
 * Sends records to the partitions of topics: chooses the partition, gathers records into batches,
 * and hands the batches over, in order per partition.
 *
 * Key, value and headers are copied before a call returns. Records for a topic that is not known yet
 * are held until it is, or `maxBlockMs` have passed.
 *
 * Thread: the one it was made in.
 */
export class Producer implements ProducerLike, AsyncDisposable {
  readonly #engine: LogEngine
  readonly #config: ResolvedProducerConfig
  readonly #records: RecordAccumulator
  readonly #detach: () => void
  /** Where the last `write` that returned false went. */
  #congested: Backlog | null = null
  #closedError: RinglogError | null = null
  #closing: Promise<void> | null = null

  /**
   * @param client From `Broker.start()` or `connect()`.
   * @throws RinglogError INVALID_CONFIG that lists every faulty option.
   */
  constructor(client: LogClient, config?: ProducerConfig) {
    this.#engine = engineOf(client)
    this.#config = resolveProducerConfig(config)
    const clientId = this.#config.clientId ?? `producer-${++producerCount}`
    this.#records = new RecordAccumulator(this.#engine, this.#config, clientId)
    this.#detach = this.#engine.attach({
      drain: (deadlineMs) => this.#drain(deadlineMs),
      close: () => this.close(),
      fail: (error) => this.#fail(error),
    })
  }

  /**
   * Sends a record; resolves when it is in the log. The records of one partition are written, and
   * their promises resolved, in the order of the calls. Never throws, always rejects.
   *
   * A record sent alone leaves at the end of this turn of the event loop; many of one turn travel
   * together. While `bufferMemoryBytes` are used up, the record waits up to `maxBlockMs`.
   *
   * @throws RinglogError (as a rejection) INVALID_REQUEST, INVALID_TOPIC_EXCEPTION,
   *   UNKNOWN_TOPIC_OR_PARTITION, MESSAGE_TOO_LARGE, BUFFER_FULL, REQUEST_TIMED_OUT,
   *   PARTITION_OFFLINE, PRODUCER_CLOSED, BROKER_CLOSED.
   */
  send(record: ProducerRecord): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      try {
        this.#take(record, { resolve, reject })
      } catch (error) {
        reject(error)
      }
    })
  }

  /**
   * Sends a record that nobody awaits: much cheaper than `send`. The record is taken; `false` means
   * stop until `drained()` (Node's Writable contract). What then goes wrong is told by `flush`.
   *
   * @throws RinglogError BUFFER_FULL when `bufferMemoryBytes` are used up; and whatever is wrong with
   *   the record itself. It is not taken then.
   */
  write(record: ProducerRecord): boolean {
    const backlog = this.#take(record, null)
    if (!this.#records.isCongested(backlog)) return true
    this.#congested = backlog
    return false
  }

  /**
   * Resolves when the partition that last made `write` return false has room again; at once where
   * none has, or it already does.
   *
   * @throws RinglogError REQUEST_TIMED_OUT after `timeoutMs`, `signal.reason` when aborted,
   *   PRODUCER_CLOSED, BROKER_CLOSED.
   */
  async drained(options: DrainedOptions = {}): Promise<void> {
    this.#assertOpen()
    const { partition } = options
    const backlog = partition === undefined ? this.#congested : this.#records.backlogOf(partition)
    await awaitWithin(this.#records.whenRoom(backlog), 'drained()', options)
  }

  /**
   * Sends everything that was taken before the call, without waiting for linger; resolves when all of
   * it is acknowledged or failed.
   *
   * @throws RinglogError the first error of a record given to `write` since the last flush;
   *   REQUEST_TIMED_OUT after `timeoutMs`, `signal.reason` when aborted.
   */
  async flush(options: WaitOptions = {}): Promise<void> {
    this.#assertOpen()
    await awaitWithin(this.#records.flush(), 'flush()', options)
    const error = this.#records.takeSilentError()
    if (error !== null) throw error
  }

  /** The partitions of a topic, ascending; waits for the topic up to `maxBlockMs`. */
  async partitionsFor(topic: string): Promise<number[]> {
    this.#assertOpen()
    assertTopicName(topic)
    const deadlineMs = monotonicMs() + this.#config.maxBlockMs
    const { partitionCount } = await this.#engine.topicMetadata(topic, { deadlineMs })
    return Array.from({ length: partitionCount }, (_, partition) => partition)
  }

  /**
   * Sends what was taken, then closes; later calls fail with PRODUCER_CLOSED. Idempotent.
   *
   * @param options.timeoutMs After that, what is not acknowledged fails with PRODUCER_CLOSED.
   * @throws RinglogError the first error of a record given to `write` since the last flush; the
   *   producer is closed all the same.
   */
  async close(options?: CloseOptions): Promise<void> {
    const { timeoutMs } = resolveOptions('close options', CLOSE_OPTIONS, options)
    this.#closing ??= this.#close(timeoutMs)
    await this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Checks a record and takes it, or throws; returns where it waits now. */
  #take(record: ProducerRecord, delivery: Delivery | null): Backlog {
    this.#assertOpen()
    if (typeof record !== 'object' || record === null) {
      throw new RinglogError('INVALID_REQUEST', `a record must be an object, got ${show(record)}`)
    }
    checkRecord(record)
    const { topic, key, value, partition, timestamp, headers } = record
    return this.#records.add(
      topic,
      key ?? null,
      value,
      partition ?? null,
      timestamp ?? null,
      headers === undefined ? NO_HEADERS : toHeaderList(headers),
      delivery,
    )
  }

  #assertOpen(): void {
    if (this.#closedError !== null) throw this.#closedError
    const closed = this.#engine.closedError()
    if (closed !== null) throw closed
  }

  async #close(timeoutMs: number): Promise<void> {
    const isLost = this.#closedError !== null
    this.#closedError ??= new RinglogError('PRODUCER_CLOSED')
    if (isLost) return
    const wait = timeoutMs === Infinity ? {} : { timeoutMs }
    await awaitWithin(this.#records.flush(), 'close()', wait).catch(() => undefined)
    this.#records.fail(this.#closedError)
    this.#detach()
    const error = this.#records.takeSilentError()
    if (error !== null) throw error
  }

  async #drain(deadlineMs: number): Promise<void> {
    const timeoutMs = Math.max(0, deadlineMs - monotonicMs())
    await awaitWithin(this.#records.flush(), 'the broker', { timeoutMs }).catch(() => undefined)
  }

  /** The broker is gone. What nobody would be told any more, the process is. */
  #fail(error: RinglogError): void {
    this.#closedError ??= error
    this.#records.fail(error)
    this.#detach()
    const silent = this.#records.takeSilentError()
    if (silent === null) return
    process.emitWarning(
      `records given to write() were not delivered, and flush() was not called to hear of it: ${silent.message}`,
      { code: silent.code, type: 'RinglogWarning' },
    )
  }
}
