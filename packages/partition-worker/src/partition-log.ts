import {
  MAX_TIMESTAMP_BYTE,
  NONE,
  RecordBatchHeader,
  RecordBatchValidator,
  RingLogWriter,
  RinglogError,
  monotonicMs,
  partitionName,
  writeInt64,
  type AppendDeadline,
  type AppendResult,
  type Doorbell,
  type WaitStrategy,
  type WhenFull,
} from '@ringlog/core/internal'
import { AppendQueue, type WaitingAppend } from './append-queue.ts'
import { PartitionGates, type GateHolder } from './partition-gates.ts'
import { ProducerStates } from './producer-state.ts'

export interface PartitionLogOptions {
  topic: string
  partition: number
  /** The ring: see `ring-log-layout.ts` of core. */
  memory: SharedArrayBuffer
  whenFull: WhenFull
  /** The largest batch, in bytes. */
  maxMessageBytes: number
  /** The partition worker's: rung by gate holders that release. */
  doorbell: Doorbell
  waitStrategy: WaitStrategy
}

/** There is no room for the batch now. */
const NO_ROOM = null

/**
 * The log of one partition: the only way into it is `append`, whatever transport brought the batch.
 *
 * It refuses what is malformed, out of order or too large; gives offsets; waits for room, evicts or
 * refuses when the ring is full; publishes; and rings those who watch. A batch that it refuses leaves
 * no trace in the log.
 *
 * Thread: the partition worker. It never blocks: waiting appends wait on the event loop.
 */
export class PartitionLog {
  readonly gates: PartitionGates
  readonly #options: PartitionLogOptions
  readonly #writer: RingLogWriter
  readonly #validator: RecordBatchValidator
  readonly #header = new RecordBatchHeader()
  readonly #producers: ProducerStates
  readonly #queue = new AppendQueue()
  readonly #watchers = new Set<Doorbell>()
  #isServingQueue = false
  #closedError: RinglogError | null = null

  constructor(options: PartitionLogOptions) {
    this.#options = options
    this.#writer = new RingLogWriter(options.memory)
    this.gates = new PartitionGates(this.#writer, options.doorbell)
    this.#validator = new RecordBatchValidator({ maxMessageBytes: options.maxMessageBytes })
    this.#producers = new ProducerStates(options.topic, options.partition)
  }

  get endOffset(): number {
    return this.#writer.endOffset
  }

  get logStartOffset(): number {
    return this.#writer.logStartOffset
  }

  /** Writes to every page of the ring once; only before the first append. */
  touchPages(): void {
    this.#writer.touchPages()
  }

  /**
   * Appends one batch and publishes it; resolves with where it is. A batch that is one of its
   * producer's last five is not appended again, but answered with the offset it has.
   *
   * Batches are appended in the order of the calls; one that waits for room holds up those behind it.
   *
   * @param batch Exactly one batch, in private memory that is borrowed until the promise settles; its
   *   base offset is overwritten.
   * @param owner Whose batch it is: see `dropOwner`.
   * @throws RinglogError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, OUT_OF_ORDER_SEQUENCE_NUMBER,
   *   INVALID_PRODUCER_EPOCH, BUFFER_FULL, REQUEST_TIMED_OUT, BROKER_CLOSED. In every case the log is
   *   as it was.
   */
  async append(
    batch: Uint8Array,
    deadline: AppendDeadline,
    owner: object | null = null,
  ): Promise<AppendResult> {
    if (this.#closedError !== null) throw this.#closedError
    const nowMs = monotonicMs()
    if (nowMs > deadline.requestDeadlineMs) throw this.#requestTimedOut(deadline, nowMs)
    this.#assertValid(batch)
    if (this.#queue.length === 0) {
      const result = this.#tryAppend(batch)
      if (result !== NO_ROOM) return result
    }
    if (this.#options.whenFull === 'reject') throw this.#bufferFull(batch, 0)
    return new Promise((resolve, reject) => {
      const { maxBlockMs } = deadline
      const expiresAtMs = nowMs + maxBlockMs
      this.#queue.push({ batch, owner, expiresAtMs, maxBlockMs, resolve, reject })
      if (this.#isServingQueue) this.#options.doorbell.ring()
      else void this.#serveQueue()
    })
  }

  /** Drops the waiting batches of an owner that is gone: they will never be appended. */
  dropOwner(owner: object): void {
    const dropped = this.#queue.remove((append) => append.owner === owner)
    if (dropped.length > 0) this.#options.doorbell.ring()
    for (const append of dropped) append.reject(new RinglogError('PRODUCER_CLOSED'))
  }

  /** Rings `doorbell` after every append from now on. */
  addWatcher(doorbell: Doorbell): void {
    this.#watchers.add(doorbell)
  }

  removeWatcher(doorbell: Doorbell): void {
    this.#watchers.delete(doorbell)
  }

  /** Ends the log's life in this thread: waiting appends, and every later one, fail with `error`. */
  close(error: RinglogError): void {
    this.#closedError = error
    for (const append of this.#queue.remove(() => true)) append.reject(error)
    this.#options.doorbell.ring()
  }

  get #name(): string {
    return partitionName(this.#options.topic, this.#options.partition)
  }

  #assertValid(batch: Uint8Array): void {
    const { maxMessageBytes } = this.#options
    const fault = this.#validator.findFault(batch)
    if (fault !== null) {
      throw new RinglogError('CORRUPT_MESSAGE', `record batch for ${this.#name} ${fault}`)
    }
    const { maxTimestamp } = this.#validator
    if (this.#header.wrap(batch).maxTimestamp !== maxTimestamp) {
      writeInt64(batch, MAX_TIMESTAMP_BYTE, maxTimestamp)
    }
    if (batch.length <= maxMessageBytes) return
    throw new RinglogError(
      'MESSAGE_TOO_LARGE',
      `record batch is too large: partition=${this.#name}, sizeBytes=${batch.length}, maxMessageBytes=${maxMessageBytes}`,
      { details: { sizeBytes: batch.length, maxMessageBytes } },
    )
  }

  /** Appends a valid batch if there is room for it now. */
  #tryAppend(batch: Uint8Array): AppendResult | typeof NO_ROOM {
    const header = this.#header.wrap(batch)
    const sequence = {
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      recordsCount: header.recordsCount,
    }
    const duplicate = this.#producers.check(sequence)
    if (duplicate !== null) {
      return { baseOffset: duplicate.baseOffset, logAppendTimeMs: duplicate.logAppendTimeMs }
    }
    if (!this.#makeRoom(batch.length)) return NO_ROOM
    const baseOffset = this.#writer.append(batch)
    this.#producers.remember(sequence, baseOffset, NONE)
    for (const doorbell of this.#watchers) doorbell.ring()
    return { baseOffset, logAppendTimeMs: NONE }
  }

  /** INV-9: gates are looked at after the blocked word was set, wherever the answer may be a wait. */
  #makeRoom(sizeBytes: number): boolean {
    if (this.#writer.hasRoomFor(sizeBytes)) return true
    const floorOffset = this.#options.whenFull === 'evict' ? Infinity : this.gates.lowest().offset
    return this.#writer.makeRoom(sizeBytes, floorOffset)
  }

  /** Appends what waits, in order, as room appears; one such loop runs at a time. */
  async #serveQueue(): Promise<void> {
    this.#isServingQueue = true
    const { doorbell, waitStrategy } = this.#options
    for (let head = this.#queue.head; head !== undefined; head = this.#queue.head) {
      const waiting = head
      const deadlineMs = this.#queue.earliestExpiryMs()
      this.#writer.setBlocked(true) // INV-9: before the gates are looked at
      const isOver = (): boolean =>
        this.#queue.head !== waiting ||
        this.#trySettle(waiting) ||
        this.#queue.earliestExpiryMs() < deadlineMs
      await doorbell.waitAsync(isOver, { deadlineMs, strategy: waitStrategy })
      this.#expireOverdue()
    }
    this.#writer.setBlocked(false)
    this.#isServingQueue = false
  }

  /** Appends or refuses the head of the queue, if there is room for it now. */
  #trySettle(head: WaitingAppend): boolean {
    try {
      const result = this.#tryAppend(head.batch)
      if (result === NO_ROOM) return false
      head.resolve(result)
    } catch (error) {
      head.reject(error as RinglogError)
    }
    this.#queue.shift()
    return true
  }

  #expireOverdue(): void {
    const nowMs = monotonicMs()
    for (const append of this.#queue.remove(({ expiresAtMs }) => expiresAtMs <= nowMs)) {
      append.reject(this.#bufferFull(append.batch, append.maxBlockMs))
    }
  }

  #bufferFull(batch: Uint8Array, waitedMs: number): RinglogError {
    const { topic, partition, whenFull } = this.#options
    const { offset, holder } = this.gates.lowest()
    const blame =
      holder === null
        ? 'no consumer holds it now'
        : `the slowest holder is ${describeHolder(holder)} at offset ${offset}; ` +
          'poll it more often or close it, make ringBytes larger, or use whenFull "evict"'
    return new RinglogError(
      'BUFFER_FULL',
      `ring is full: partition=${this.#name}, whenFull=${whenFull}, waitedMs=${waitedMs}, ` +
        `sizeBytes=${batch.length}; ${blame}`,
      {
        details: {
          topic,
          partition,
          waitedMs,
          holder: holder === null ? null : { ...holder, offset },
        },
      },
    )
  }

  #requestTimedOut(deadline: AppendDeadline, nowMs: number): RinglogError {
    return new RinglogError(
      'REQUEST_TIMED_OUT',
      `append was reached ${Math.ceil(nowMs - deadline.requestDeadlineMs)} ms after its deadline: ` +
        `partition=${this.#name}; it is not appended`,
    )
  }
}

function describeHolder({ groupId, consumerId, clientId }: GateHolder): string {
  if (groupId === null) return `consumer ${clientId}`
  return consumerId === null
    ? `group ${groupId}, of which no live consumer has the partition,`
    : `group ${groupId} (consumer ${clientId})`
}
