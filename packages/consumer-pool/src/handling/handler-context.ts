import type { ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import type { LogClient, ProducerRecord, Serde } from '@ringlog/core'
import type { Producer } from '@ringlog/producer'
import type { HandlerConsumer } from './handler-guard.ts'

/**
 * What a handler is given beside the record. Everything in it belongs to the pool, or the runner, which
 * closes it.
 *
 * Thread: the one that handles records.
 */
export interface HandlerContext<D = unknown> {
  /** `data` of the configuration: in a pool a copy for each thread. */
  readonly data: D
  readonly client: LogClient
  /**
   * The member of the group: to look at. It is the pool or the runner that polls, commits, pauses and seeks;
   * with a handler each of these calls fails with INVALID_STATE.
   */
  readonly consumer: HandlerConsumer
  /**
   * What a handler writes here is in the log before the record that the handler was given is committed.
   * While there is no room for more, because the consumers of that topic are slow, no handler is begun.
   *
   * What is given to `write` and not delivered stops all, also where a handler's `flush` has rejected with it; what
   * `send` rejects with is its handler's to deal with.
   */
  readonly producer: Producer
  /**
   * Writes a record with that producer once there is room for it: a handler that awaits it is as fast as
   * the consumers of what it writes. Resolves when the producer has the record; the record that the
   * handler was given is committed once this one is in the log.
   *
   * @throws RinglogError (as a rejection) whatever is wrong with the record; PRODUCER_CLOSED, BROKER_CLOSED.
   */
  readonly produce: (record: ProducerRecord) => Promise<void>
  /**
   * Aborted when the answer does not count any more: the partition was lost, the pool or runner was aborted,
   * or did not close in time.
   */
  readonly signal: AbortSignal
  /** In a pool from 0; a thread that replaces a crashed one has the same. In a runner 0. */
  readonly threadIndex: number
  /** 1 at first, up to `maxAttempts`. */
  readonly attempt: number
}

/** The context of `handleBatch`. */
export interface BatchContext<D = unknown> extends HandlerContext<D> {
  /**
   * Says that the records up to this one are finished. If the batch then fails, they are committed,
   * and the next one is what failed.
   *
   * @throws RinglogError INVALID_REQUEST for a record that is not of this batch.
   */
  readonly done: (record: ConsumerRecord<unknown, unknown>) => void
}

/**
 * What a handler module exports: `handle` or `handleBatch`, and perhaps `start` and `stop`; and the serdes that
 * make keys and values of bytes, without which they stay bytes.
 */
export interface HandlerModule<D = unknown, K = Buffer | null, V = Buffer | null> {
  readonly keySerde?: Serde<K> | undefined
  /**
   * Where it does not take a record's bytes, no handler is called, and no attempt would help: the record stops
   * the pool, or goes to the dead letter topic as it is. So does one whose key `keySerde` does not take.
   */
  readonly valueSerde?: Serde<V> | undefined
  /** Handles one record; what it returns is the answer to `ConsumerPool.run`. */
  handle?(record: ConsumerRecord<K, V>, context: HandlerContext<D>): unknown
  /** Handles several records of one partition, in offset order. */
  handleBatch?(records: ConsumerRecords<K, V>, context: BatchContext<D>): void | Promise<void>
  /** Called once in each thread, before the first record. */
  start?(context: HandlerContext<D>): void | Promise<void>
  /** Called once in each thread that had started, after the last record. */
  stop?(context: HandlerContext<D>): void | Promise<void>
}
