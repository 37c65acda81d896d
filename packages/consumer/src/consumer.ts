import {
  Doorbell,
  RinglogError,
  engineOf,
  show,
  type EngineUser,
  type LogClient,
  type TopicPartition,
} from '@ringlog/core/internal'
import { Assignment } from './assignment.ts'
import { resolveConsumerConfig, type ConsumerConfig } from './config.ts'
import type { ConsumerLike } from './consumer-like.ts'
import { PolledRecords, type ConsumerRecords, type RecordCursor } from './consumer-records.ts'
import { Fetcher, release } from './fetcher.ts'
import { ChunkPool } from './fetched-chunk.ts'
import { Lifecycle } from './lifecycle.ts'
import { PollLoop, type PollOptions } from './poll-loop.ts'
import { SubscriptionState, checkPartitions } from './subscription-state.ts'

/** Memory that batches are copied into at a time. */
const CHUNK_BYTES = 256 * 1024

let consumerCount = 0

/**
 * Reads partitions: copies batches from their rings, in the consumer's own thread, and hands out
 * records. No call is made to read.
 *
 * Its position holds back a full ring of a `"block"` topic (unless `gating: false`): what it has not
 * handed out is not overwritten. Handing out copies, so what a poll returned is safe.
 *
 * Thread: the one it was made in; one poll at a time.
 */
export class Consumer implements ConsumerLike, AsyncDisposable {
  readonly #doorbell = new Doorbell()
  readonly #subscription = new SubscriptionState(new ChunkPool(CHUNK_BYTES))
  readonly #lifecycle: Lifecycle
  readonly #assignment: Assignment
  readonly #pollLoop: PollLoop
  readonly #detach: () => void
  #closing: Promise<void> | null = null

  /**
   * @param client From `Broker.start()` or `connect()`.
   * @throws RinglogError INVALID_CONFIG that lists every faulty option.
   */
  constructor(client: LogClient, given?: ConsumerConfig) {
    const engine = engineOf(client)
    const config = resolveConsumerConfig(given)
    const clientId = config.clientId ?? `consumer-${++consumerCount}`
    const doorbell = this.#doorbell
    const subscription = this.#subscription
    const lifecycle = new Lifecycle(engine)
    this.#lifecycle = lifecycle
    this.#assignment = new Assignment({
      engine,
      config,
      clientId,
      doorbell,
      subscription,
      lifecycle,
    })
    this.#pollLoop = new PollLoop({
      engine,
      doorbell,
      fetcher: new Fetcher(config, subscription),
      subscription,
      lifecycle,
      waitStrategy: config.waitStrategy,
    })
    const user: EngineUser = {
      drain: () => Promise.resolve(),
      close: () => this.close(),
      fail: (error) => this.#fail(error),
    }
    this.#detach = engine.attach(user)
  }

  /**
   * Takes exactly these partitions, instead of those before; resolves when every position is fixed:
   * what is appended from then on is delivered. A partition that it had keeps its position; a new one
   * starts where `autoOffsetReset` says.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE, INVALID_REQUEST,
   *   CONSUMER_CLOSED, BROKER_CLOSED: the assignment is then as before. NO_OFFSET_FOR_PARTITION with
   *   `autoOffsetReset: "none"`: the partitions are then assigned, but without a position until `seek`.
   */
  async assign(partitions: TopicPartition[]): Promise<void> {
    this.#lifecycle.assertOpen()
    await this.#assignment.change(checkPartitions(partitions))
  }

  assignment(): TopicPartition[] {
    return this.#subscription.partitions
  }

  /**
   * Hands out the next records of the assigned partitions; waits for some where there are none. What
   * an earlier poll handed out counts as taken.
   *
   * @returns `count` 0 when `timeoutMs` passed without records.
   * @throws RinglogError CONCURRENT_POLL, CONSUMER_CLOSED, BROKER_CLOSED, INVALID_STATE without an
   *   assignment; PARTITION_OFFLINE, OFFSET_OUT_OF_RANGE (with `autoOffsetReset: "none"`) where there
   *   is nothing else to hand out; `signal.reason` when aborted, with positions unchanged.
   */
  async poll(options: PollOptions = {}): Promise<ConsumerRecords> {
    return this.#pollLoop.poll(options)
  }

  /**
   * As `poll`, for threads that may block: waits without letting the event loop turn. Makes no call;
   * no timer, message or promise of this thread runs meanwhile.
   *
   * @throws RinglogError as `poll`.
   */
  pollSync(options: { timeoutMs?: number } = {}): ConsumerRecords {
    return this.#pollLoop.pollSync(options)
  }

  /**
   * Walks a poll's records without an allocation per record. The cursor's bytes are borrowed until
   * the next poll.
   *
   * @throws RinglogError INVALID_REQUEST for records that no poll returned; INVALID_STATE for those
   *   of an earlier poll whose memory may be in use again.
   */
  cursor(records: ConsumerRecords): RecordCursor {
    if (records instanceof PolledRecords) return records.cursor()
    throw new RinglogError('INVALID_REQUEST', 'cursor() takes the records that a poll returned')
  }

  /**
   * Sets the position: the next poll hands out records from `offset` on. An offset outside the log is
   * accepted; the next poll then resets by `autoOffsetReset`. A record of the last poll is found
   * again even where the ring has overwritten it by now.
   *
   * @throws RinglogError INVALID_REQUEST unless `offset` is a non-negative safe integer;
   *   INVALID_STATE when the partition is not assigned.
   */
  seek(p: TopicPartition, offset: number): void {
    this.#lifecycle.assertOpen()
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new RinglogError(
        'INVALID_REQUEST',
        `an offset must be a non-negative safe integer, got ${show(offset)}`,
      )
    }
    const assigned = this.#subscription.get(p)
    assigned.fetcher.seek(offset)
    // Held again at once, as far as it is still there; let go only by the next poll.
    if (assigned.open.gate !== null && offset < assigned.open.gate.offset) release(assigned)
    this.#doorbell.ring()
  }

  /**
   * The offset of the next record to be handed out.
   *
   * @throws RinglogError INVALID_STATE when the partition is not assigned, or has no position yet.
   */
  position(p: TopicPartition): number {
    const { fetcher } = this.#subscription.get(p)
    if (fetcher.hasPosition) return fetcher.position
    throw new RinglogError('INVALID_STATE', 'the position is not known yet: seek first', {
      details: { ...fetcher.at },
    })
  }

  /**
   * The offset of the last record that was handed out; -1: none.
   *
   * @throws RinglogError INVALID_STATE when the partition is not assigned.
   */
  currentOffset(p: TopicPartition): number {
    return this.#subscription.get(p).currentOffset
  }

  /** Gives its partitions up; a pending poll rejects with CONSUMER_CLOSED. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    this.#detach()
    if (!this.#lifecycle.close(new RinglogError('CONSUMER_CLOSED'))) return
    this.#doorbell.ring()
    await this.#assignment.close()
  }

  #fail(error: RinglogError): void {
    this.#lifecycle.close(error)
    this.#detach()
    this.#doorbell.ring()
  }
}
