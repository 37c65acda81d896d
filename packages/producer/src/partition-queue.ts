import {
  BATCH_ALIGNMENT_BYTES,
  RecordBatchBuilder,
  alignUp,
  sizeOfSingleRecordBatch,
  type Data,
  type HeaderList,
  type RecordMetadata,
  type RinglogError,
  type TopicPartition,
  type ClockTimer,
} from '@ringlog/core/internal'
import { sealBatch } from './batch-compressor.ts'
import { sizeUsedAgain } from './buffer-pool.ts'
import type { LingeringQueue, ProducerEvents, ProducerServices } from './producer-parts.ts'
import { BACKLOGGED_BATCHES, type PartitionBacklog } from './backlog.ts'
import { PartitionSender } from './partition-sender.ts'
import { ProducerBatch, type BatchRecords } from './producer-batch.ts'
import type { Delivery } from './record-promises.ts'
import { EncodedRecords } from './encoded-records.ts'
import { tooLarge } from './record-errors.ts'

/** As a part of `maxBlockMs`: records of one batch began to wait no further apart. */
const WAIT_SPREAD = 1 / 20
const MIN_WAIT_SPREAD_MS = 5

/**
 * The batches of one partition that have not left yet: full ones, and one that is being filled.
 *
 * When it leaves: a full batch as soon as fewer than `maxInFlight` are out; the open one the same,
 * once it is due (its linger is over). So batches grow by themselves when the partition is slower
 * than the producer.
 *
 * Source: Apache Kafka, `producer/internals/RecordAccumulator.java`.
 */
export class PartitionQueue implements PartitionBacklog, LingeringQueue {
  readonly at: TopicPartition
  readonly #sender: PartitionSender
  readonly #limits: QueueLimits
  readonly #services: ProducerServices
  readonly #events: ProducerEvents
  #full: ProducerBatch[] = []
  #open: ProducerBatch | null = null
  #isOpenDue = false
  #openedBatches = 0
  #refusedBytes = 0
  /** Runs when the open batch is due. */
  #lingerTimer: ClockTimer | null = null
  /** When the open batch was due and could not leave. */
  #dueMs = 0
  /**
   * Looks whether the open batch is to take no more. Not stopped when the batch leaves, as nearly all
   * do in time: to set a timer anew for every batch would cost more than all else that a batch does.
   */
  #ageTimer: ClockTimer | null = null

  constructor(
    at: TopicPartition,
    limits: QueueLimits,
    services: ProducerServices,
    events: ProducerEvents,
  ) {
    this.at = at
    this.#limits = limits
    this.#services = services
    this.#events = events
    this.#sender = new PartitionSender(at, services, events, () => this.#nextBatch())
  }

  /** Tells one open batch from the next. */
  get openedBatches(): number {
    return this.#openedBatches
  }

  get isBacklogged(): boolean {
    return this.#full.length >= BACKLOGGED_BATCHES
  }

  get usedBytes(): number {
    let bytes = 0
    for (const { memoryBytes } of this.unfinished()) bytes += memoryBytes
    return bytes
  }

  get refusedBytes(): number {
    return this.#refusedBytes
  }

  get wantedBytes(): number {
    return Math.max(this.#refusedBytes, this.#limits.batchSizeBytes)
  }

  /** Whether the open batch has no room for another record like the last. */
  get isOpenFull(): boolean {
    if (this.#open === null) return true
    return this.#open.sizeBytes + this.#open.lastRecordBytes > this.#limits.batchSizeBytes
  }

  /** Bytes that the last record added to its batch. */
  get lastRecordBytes(): number {
    return this.#open?.lastRecordBytes ?? 0
  }

  /** Every batch that is not done. */
  unfinished(): ProducerBatch[] {
    const open = this.#open === null ? [] : [this.#open]
    return [...this.#sender.unfinished(), ...this.#full, ...open]
  }

  /**
   * Copies a record into the open batch, or into a new one; `false` where `bufferMemoryBytes` are used
   * up: try again when a batch is done.
   *
   * @throws RinglogError MESSAGE_TOO_LARGE: it can never be sent.
   */
  append(key: Data | null, value: Data | null, timestampMs: number, headers: HeaderList): boolean {
    const open = this.#open
    if (open !== null && open.tryAppend(key, value, timestampMs, headers)) return true
    return this.#appendToNew(key, value, timestampMs, headers)
  }

  /** Copies bytes into the open batch, as a record without key and headers; `false`: it takes no more. */
  tryAppendValue(value: Uint8Array, timestampMs: number): boolean {
    const open = this.#open
    return open !== null && open.tryAppendValue(value, timestampMs)
  }

  /**
   * As `append`, for a record that was held since then: it counts as waiting for room since. So it goes
   * into no batch whose other records began to wait much earlier or later: they fail together.
   */
  appendHeld(
    key: Data | null,
    value: Data | null,
    timestampMs: number,
    headers: HeaderList,
    sinceMs: number,
  ): boolean {
    const open = this.#open
    if (open !== null && Math.abs(sinceMs - open.startMs) > this.#waitSpreadMs) this.#closeOpen()
    if (!this.append(key, value, timestampMs, headers)) return false
    this.#open!.startMs = Math.min(this.#open!.startMs, sinceMs)
    return true
  }

  /** An open batch that began to wait a while ago takes no new records: see `appendHeld`. */
  closeIfOld(nowMs: number): void {
    const open = this.#open
    if (open !== null && open.startMs < open.createdMs && nowMs - open.startMs > this.#waitSpreadMs)
      this.#closeOpen()
  }

  /**
   * Copies a batch that was encoded elsewhere: it leaves as it is, behind all that was appended before. `false`
   * where `bufferMemoryBytes` are used up.
   *
   * @throws RinglogError MESSAGE_TOO_LARGE.
   */
  appendEncoded(encoded: Uint8Array): boolean {
    const memory = this.#memoryFor(encoded.length)
    if (memory === null) return false
    const batch = this.#newBatch(memory, new EncodedRecords(memory, encoded))
    batch.close(batch.createdMs)
    batch.seal()
    this.#full.push(batch)
    this.#events.onBatchOpened(this)
    this.#sender.advance()
    return true
  }

  /** Where the record is that was appended last, once it is in the log. */
  promiseOfLast(): Promise<RecordMetadata> {
    return this.#open!.promiseOfLast()
  }

  /** `delivery` is resolved once the record that was appended last is in the log. */
  awaitLast(delivery: Delivery): void {
    this.#open!.awaitLast(delivery)
  }

  #appendToNew(
    key: Data | null,
    value: Data | null,
    timestampMs: number,
    headers: HeaderList,
  ): boolean {
    const neededBytes = sizeOfSingleRecordBatch(key, value, headers)
    const memory = this.#memoryFor(neededBytes)
    if (memory === null) return false
    const { batchSizeBytes, maxMessageBytes } = this.#limits
    const wantedBytes = Math.max(batchSizeBytes, alignUp(neededBytes, BATCH_ALIGNMENT_BYTES))
    const limitBytes = Math.min(memory.byteLength, wantedBytes, maxMessageBytes)
    const batch = this.#newBatch(memory, new RecordBatchBuilder(memory, limitBytes))
    if (!batch.tryAppend(key, value, timestampMs, headers)) {
      throw new Error(`a record of ${neededBytes} bytes does not fit the memory made for it`)
    }
    this.#open = batch
    this.#isOpenDue = false
    this.#events.onBatchOpened(this)
    return true
  }

  /**
   * Closes the open batch, and takes memory for another one; `null` where `bufferMemoryBytes` are used up.
   *
   * @throws RinglogError MESSAGE_TOO_LARGE.
   */
  #memoryFor(neededBytes: number): ArrayBuffer | null {
    const { batchSizeBytes, maxMessageBytes } = this.#limits
    const { pool } = this.#services
    const { totalBytes } = pool
    if (neededBytes > maxMessageBytes || neededBytes > totalBytes) {
      throw tooLarge(this.at.topic, neededBytes, maxMessageBytes, totalBytes)
    }
    this.#closeOpen()
    const memory =
      pool.allocate(Math.max(batchSizeBytes, sizeUsedAgain(neededBytes))) ??
      // The last bytes may do for this record though for no more.
      pool.allocate(neededBytes)
    this.#refusedBytes = memory === null ? neededBytes : 0
    return memory
  }

  #newBatch(memory: ArrayBuffer, records: BatchRecords): ProducerBatch {
    const createdMs = this.#services.clock.nowMs()
    return new ProducerBatch(this.at, memory, records, this.#openedBatches++, createdMs)
  }

  /** The open batch's linger is over. */
  markDue(): void {
    if (this.#open === null || this.#isOpenDue) return
    this.#isOpenDue = true
    this.#clearLingerTimer()
    this.#sender.pump()
    if (this.#open === null) return
    this.#dueMs = this.#services.clock.nowMs()
    if (this.#ageTimer === null) this.#watchAge(this.#waitSpreadMs)
  }

  /** Sees to it that the batch that was opened just now is due when it has lingered. */
  linger(lingerMs: number): void {
    this.#clearLingerTimer()
    this.#lingerTimer = this.#services.clock.setTimer(() => {
      this.#lingerTimer = null
      this.markDue()
    }, lingerMs)
  }

  /** Takes in the answers that are there, and sends what is due. */
  advance(): void {
    this.#sender.advance()
  }

  /** Fails what has taken longer than `deliveryTimeoutMs`; returns when that is so of the next one. */
  expire(nowMs: number): number {
    // In the order in which they were opened.
    for (let batch = this.#first; batch !== null; batch = this.#first) {
      if (this.#sender.expiresAtMs(batch) > nowMs) break
      if (this.#takeUnsent() !== null) this.#failUnsent(batch, this.#sender.timedOut(batch))
    }
    const nextMs = this.#sender.expire(nowMs)
    const first = this.#first
    return first === null ? nextMs : Math.min(nextMs, this.#sender.expiresAtMs(first))
  }

  /** Fails everything, also what is on its way, and all that would come. */
  fail(error: RinglogError): void {
    if (this.#ageTimer !== null) this.#services.clock.clearTimer(this.#ageTimer)
    this.#ageTimer = null
    this.#closeOpen()
    this.#sender.close(error)
  }

  /** How much later than another one a record of the same batch may have begun to wait. */
  get #waitSpreadMs(): number {
    return Math.max(MIN_WAIT_SPREAD_MS, this.#services.config.maxBlockMs * WAIT_SPREAD)
  }

  /** The open batch takes no more, and leaves like a full one. */
  #closeOpen(): void {
    const open = this.#takeOpen()
    if (open === null) return
    this.#full.push(open)
    this.#sender.advance()
  }

  /** Closes the open batch and seals it; `null` where there is none, or it cannot be sealed and has failed. */
  #takeOpen(): ProducerBatch | null {
    const open = this.#open
    if (open === null) return null
    this.#open = null
    this.#isOpenDue = false
    this.#clearLingerTimer()
    const { clock, config, pool } = this.#services
    open.close(clock.nowMs())
    try {
      sealBatch(open, config.compression, this.#limits.maxMessageBytes, pool)
      return open
    } catch (error) {
      this.#failUnsent(open, error as RinglogError)
      return null
    }
  }

  #clearLingerTimer(): void {
    if (this.#lingerTimer !== null) this.#services.clock.clearTimer(this.#lingerTimer)
    this.#lingerTimer = null
  }

  /** Sees to it that a batch that was due and could not leave takes no more after a while. */
  #watchAge(delayMs: number): void {
    this.#ageTimer = this.#services.clock.setTimer(() => {
      this.#ageTimer = null
      if (this.#open === null || !this.#isOpenDue) return
      const leftMs = this.#dueMs + this.#waitSpreadMs - this.#services.clock.nowMs()
      if (leftMs > 0) this.#watchAge(Math.ceil(leftMs))
      else this.#closeOpen()
    }, delayMs)
    this.#ageTimer.unref() // matters only to records that come
  }

  /** The first that has not left. */
  get #first(): ProducerBatch | null {
    return this.#full[0] ?? this.#open
  }

  #nextBatch(): ProducerBatch | null {
    return this.#full.length > 0 || this.#isOpenDue ? this.#takeUnsent() : null
  }

  #takeUnsent(): ProducerBatch | null {
    return this.#full.shift() ?? this.#takeOpen()
  }

  #failUnsent(batch: ProducerBatch, error: RinglogError): void {
    batch.fail(error)
    this.#events.onFailed(batch, error)
    this.#events.onReleased(batch, false)
  }
}

export interface QueueLimits {
  /** The size of a normal batch. */
  readonly batchSizeBytes: number
  /** The largest batch that the topic takes. */
  readonly maxMessageBytes: number
}
