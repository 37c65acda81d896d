import type { ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import type { LogClient, ProducerRecord } from '@ringlog/core'
import type { Producer } from '@ringlog/producer'
import type { HandlerConsumer } from './handler-guard.ts'

/**
 * What a handler is given beside the record. Everything in it belongs to the pool, which closes it.
 *
 * Thread: the pool thread's.
 */
export interface HandlerContext<D = unknown> {
  /** `data` of the pool's configuration: a copy for each thread. */
  readonly data: D
  readonly client: LogClient
  /**
   * The thread's member of the group: to look at. It is the pool that polls, commits, pauses and seeks;
   * with a handler each of these calls fails with INVALID_STATE.
   */
  readonly consumer: HandlerConsumer
  /**
   * The pool flushes what a handler writes here before it commits the record that the handler was given.
   * While there is no room for more, because the consumers of that topic are slow, it begins no handler.
   */
  readonly producer: Producer
  /**
   * Writes a record with that producer once there is room for it: a handler that awaits it is as fast as
   * the consumers of what it writes. Resolves when the producer has the record; the pool waits until it is in
   * the log before it commits the record that the handler was given.
   *
   * @throws RinglogError (as a rejection) whatever is wrong with the record; PRODUCER_CLOSED, BROKER_CLOSED.
   */
  readonly produce: (record: ProducerRecord) => Promise<void>
  /**
   * Aborted when the answer does not count any more: the partition was lost, the pool was aborted, or
   * did not close in time.
   */
  readonly signal: AbortSignal
  /** From 0; a thread that replaces a crashed one has the same. */
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
  done(record: ConsumerRecord): void
}

/** What a handler module exports: `handle` or `handleBatch`, and perhaps `start` and `stop`. */
export interface HandlerModule<D = unknown> {
  /** Handles one record; what it returns is the answer to `ConsumerPool.run`. */
  handle?(record: ConsumerRecord, context: HandlerContext<D>): unknown
  /** Handles several records of one partition, in offset order. */
  handleBatch?(records: ConsumerRecords, context: BatchContext<D>): void | Promise<void>
  /** Called once in each thread, before the first record. */
  start?(context: HandlerContext<D>): void | Promise<void>
  /** Called once in each thread that had started, after the last record. */
  stop?(context: HandlerContext<D>): void | Promise<void>
}
