import {
  Doorbell,
  RinglogError,
  engineOf,
  monotonicMs,
  setTurnEnd,
  show,
  type EngineUser,
  type LogClient,
  type LogEngine,
  type TopicPartition,
} from '@ringlog/core/internal'
import { randomUUID } from 'node:crypto'
import {
  resolveConsumerConfig,
  type ConsumerConfig,
  type ResolvedConsumerConfig,
} from './config.ts'
import { PolledRecords, type ConsumerRecords, type RecordCursor } from './consumer-records.ts'
import { Fetcher, noOffset, release } from './fetcher.ts'
import { ChunkPool } from './fetched-chunk.ts'
import { SubscriptionState, checkPartitions } from './subscription-state.ts'

/** What application code needs of a consumer: a test double can stand in for it. */
export interface ConsumerLike {
  assign(partitions: TopicPartition[]): Promise<void>
  assignment(): TopicPartition[]
  poll(options?: PollOptions): Promise<ConsumerRecords>
  seek(p: TopicPartition, offset: number): void
  position(p: TopicPartition): number
  currentOffset(p: TopicPartition): number
  close(): Promise<void>
}

export interface PollOptions {
  /** How long to wait for records; absent: until some come. */
  timeoutMs?: number
  signal?: AbortSignal
}

/** Memory that batches are copied into at a time. */
const CHUNK_BYTES = 256 * 1024
/** A loop of polls that always find records lets the event loop turn after so long. */
const MAX_TURN_MS = 10

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
  readonly #engine: LogEngine
  readonly #config: ResolvedConsumerConfig
  readonly #consumerId = randomUUID()
  readonly #clientId: string
  readonly #doorbell = new Doorbell()
  readonly #subscription: SubscriptionState
  readonly #fetcher: Fetcher
  readonly #detach: () => void
  /** Assignments are carried out one after the other. */
  #assigning: Promise<void> = Promise.resolve()
  #isPolling = false
  #turnStartMs = 0
  #closedError: RinglogError | null = null
  #closing: Promise<void> | null = null

  /**
   * @param client From `Broker.start()` or `connect()`.
   * @throws RinglogError INVALID_CONFIG that lists every faulty option.
   */
  constructor(client: LogClient, config?: ConsumerConfig) {
    this.#engine = engineOf(client)
    this.#config = resolveConsumerConfig(config)
    this.#clientId = this.#config.clientId ?? `consumer-${++consumerCount}`
    this.#subscription = new SubscriptionState(new ChunkPool(CHUNK_BYTES))
    this.#fetcher = new Fetcher(this.#config, this.#subscription)
    const user: EngineUser = {
      drain: () => Promise.resolve(),
      close: () => this.close(),
      fail: (error) => this.#fail(error),
    }
    this.#detach = this.#engine.attach(user)
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
    this.#assertOpen()
    const wanted = checkPartitions(partitions)
    const turn = this.#assigning.then(() => this.#assign(wanted))
    this.#assigning = turn.catch(() => undefined)
    await turn
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
    const { signal } = options
    this.#beginPoll()
    const deadlineMs = deadlineOf(options)
    const letGo = this.#engine.keepAlive()
    const onAbort = (): void => this.#doorbell.ring()
    signal?.addEventListener('abort', onAbort)
    try {
      signal?.throwIfAborted()
      await this.#letLoopTurn()
      for (;;) {
        this.#assertOpen()
        signal?.throwIfAborted()
        const records = this.#fetcher.collect()
        if (records.count > 0) return records
        const isReady = (): boolean =>
          this.#fetcher.hasAvailable || signal?.aborted === true || this.#isClosed
        const { waitStrategy: strategy } = this.#config
        this.#turnStartMs = 0
        if (!(await this.#doorbell.waitAsync(isReady, { deadlineMs, strategy }))) return records
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      letGo()
      this.#isPolling = false
    }
  }

  /**
   * As `poll`, for threads that may block: waits without letting the event loop turn. Makes no call;
   * no timer, message or promise of this thread runs meanwhile.
   *
   * @throws RinglogError as `poll`.
   */
  pollSync(options: { timeoutMs?: number } = {}): ConsumerRecords {
    this.#beginPoll()
    try {
      const deadlineMs = deadlineOf(options)
      for (;;) {
        this.#assertOpen()
        const records = this.#fetcher.collect()
        if (records.count > 0) return records
        const isReady = (): boolean => this.#fetcher.hasAvailable || this.#isClosed
        const { waitStrategy: strategy } = this.#config
        if (!this.#doorbell.waitSync(isReady, { deadlineMs, strategy })) return records
      }
    } finally {
      this.#isPolling = false
    }
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
    this.#assertOpen()
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

  get #isClosed(): boolean {
    return this.#closedError !== null || this.#engine.closedError() !== null
  }

  #assertOpen(): void {
    if (this.#closedError !== null) throw this.#closedError
    const closed = this.#engine.closedError()
    if (closed !== null) throw closed
  }

  #beginPoll(): void {
    this.#assertOpen()
    if (this.#isPolling) throw new RinglogError('CONCURRENT_POLL')
    if (this.#subscription.order.length === 0) {
      throw new RinglogError('INVALID_STATE', 'this consumer has no partitions: assign some first')
    }
    this.#isPolling = true
    this.#fetcher.begin()
  }

  /** Polls that never wait would otherwise starve the timers and messages of this thread. */
  async #letLoopTurn(): Promise<void> {
    const nowMs = monotonicMs()
    if (this.#turnStartMs === 0) this.#turnStartMs = nowMs
    if (nowMs - this.#turnStartMs < MAX_TURN_MS) return
    await new Promise<void>((resolve) => void setTurnEnd(resolve))
    this.#turnStartMs = monotonicMs()
  }

  async #assign(wanted: TopicPartition[]): Promise<void> {
    this.#assertOpen()
    const before = this.#subscription.partitions
    const added = wanted.filter((p) => !this.#subscription.has(p))
    const removed = before.filter(
      (p) => !wanted.some(({ topic, partition }) => p.topic === topic && p.partition === partition),
    )
    const hasPosition = this.#config.autoOffsetReset !== 'none'
    if (added.length > 0) {
      const start = this.#config.autoOffsetReset === 'latest' ? 'latest' : 'earliest'
      const opened = await this.#engine.openPartitions({
        consumerId: this.#consumerId,
        clientId: this.#clientId,
        doorbell: this.#doorbell,
        isGating: this.#config.gating,
        partitions: added.map((p) => ({ ...p, start })),
      })
      for (const open of opened) this.#subscription.add(open, hasPosition)
    }
    for (const p of removed) this.#subscription.remove(p)
    this.#doorbell.ring()
    await this.#engine.closePartitions(this.#consumerId, removed)
    if (!hasPosition && added.length > 0) throw noOffset(added)
  }

  async #close(): Promise<void> {
    this.#detach()
    if (this.#closedError !== null) return
    this.#closedError = new RinglogError('CONSUMER_CLOSED')
    this.#doorbell.ring()
    await this.#assigning
    await this.#engine.closePartitions(this.#consumerId, this.#subscription.partitions)
  }

  #fail(error: RinglogError): void {
    this.#closedError ??= error
    this.#detach()
    this.#doorbell.ring()
  }
}

/** @throws RinglogError INVALID_REQUEST for a timeout that is none. */
function deadlineOf({ timeoutMs }: { timeoutMs?: number }): number {
  if (timeoutMs === undefined) return Infinity
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return monotonicMs() + timeoutMs
  throw new RinglogError(
    'INVALID_REQUEST',
    `timeoutMs must be a non-negative number of milliseconds, got ${show(timeoutMs)}`,
  )
}
