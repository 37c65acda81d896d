import {
  BATCH_ALIGNMENT_BYTES,
  alignUp,
  sizeOfSingleRecordBatch,
  type Data,
  type HeaderList,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { BufferPool } from './buffer-pool.ts'
import { PartitionSender, type SenderContext } from './partition-sender.ts'
import { ProducerBatch, type Delivery } from './producer-batch.ts'

/** The record is in a batch. */
export const APPENDED = 0
/** `bufferMemoryBytes` are used up: try again when a batch is done. Nothing was changed. */
export const NO_MEMORY = 1
/** The record can never be sent. Nothing was changed. */
export const TOO_LARGE = 2
export type QueueOutcome = typeof APPENDED | typeof NO_MEMORY | typeof TOO_LARGE

/** Where records wait: whoever fills it should stop while it is backlogged. */
export interface Backlog {
  readonly isBacklogged: boolean
}

/** A partition is backlogged when so many full batches of it have not left. */
const BACKLOGGED_BATCHES = 4

/** What a queue needs of the producer that it belongs to. */
export interface QueueContext extends SenderContext {
  /** A new batch: it is due when its linger is over. */
  onBatchOpened(queue: PartitionQueue): void
}

export interface QueueLimits {
  /** The size of a normal batch. */
  readonly batchSizeBytes: number
  /** The largest batch that the topic takes. */
  readonly maxMessageBytes: number
}

/**
 * The batches of one partition that have not left yet: full ones, and one that is being filled.
 *
 * When it leaves: a full batch as soon as fewer than `maxInFlight` are out; the open one the same,
 * once it is due (its linger is over). So batches grow by themselves when the partition is slower
 * than the producer.
 *
 * Source: Apache Kafka, `producer/internals/RecordAccumulator.java`.
 */
export class PartitionQueue implements Backlog {
  readonly at: TopicPartition
  readonly sender: PartitionSender
  readonly #limits: QueueLimits
  readonly #pool: BufferPool
  readonly #context: QueueContext
  readonly #full: ProducerBatch[] = []
  #open: ProducerBatch | null = null
  #isOpenDue = false
  #openedBatches = 0

  constructor(at: TopicPartition, limits: QueueLimits, pool: BufferPool, context: QueueContext) {
    this.at = at
    this.#limits = limits
    this.#pool = pool
    this.#context = context
    this.sender = new PartitionSender(at, context, () => this.#nextBatch())
  }

  /** Tells one open batch from the next. */
  get openedBatches(): number {
    return this.#openedBatches
  }

  get isBacklogged(): boolean {
    return this.#full.length >= BACKLOGGED_BATCHES
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
    return [...this.sender.unfinished(), ...this.#full, ...open]
  }

  /** Copies a record into the open batch, or into a new one. */
  append(
    key: Data | null,
    value: Data | null,
    timestampMs: number,
    headers: HeaderList,
    delivery: Delivery | null,
  ): QueueOutcome {
    if (this.#open?.tryAppend(key, value, timestampMs, headers, delivery) === true) return APPENDED

    const { batchSizeBytes, maxMessageBytes } = this.#limits
    const neededBytes = sizeOfSingleRecordBatch(key, value, headers)
    if (neededBytes > maxMessageBytes || neededBytes > this.#pool.totalBytes) return TOO_LARGE
    this.#closeOpen()
    const memoryBytes = Math.max(batchSizeBytes, alignUp(neededBytes, BATCH_ALIGNMENT_BYTES))
    const memory =
      this.#pool.allocate(memoryBytes) ??
      // The last bytes may do for this record though not for a whole batch.
      (memoryBytes > neededBytes ? this.#pool.allocate(neededBytes) : null)
    if (memory === null) return NO_MEMORY
    const batch = new ProducerBatch(this.at, memory, Math.min(memory.byteLength, maxMessageBytes))
    if (!batch.tryAppend(key, value, timestampMs, headers, delivery)) {
      throw new Error(`a record of ${neededBytes} bytes does not fit the memory made for it`)
    }
    this.#open = batch
    this.#isOpenDue = false
    this.#openedBatches++
    this.#context.onBatchOpened(this)
    return APPENDED
  }

  /** The open batch's linger is over. */
  markDue(): void {
    if (this.#open === null) return
    this.#isOpenDue = true
    this.sender.pump()
  }

  /** The open batch takes no more, and leaves like a full one. */
  #closeOpen(): void {
    if (this.#open === null) return
    this.#full.push(this.#open)
    this.#open = null
    this.sender.pump()
  }

  #nextBatch(): ProducerBatch | null {
    const full = this.#full.shift()
    if (full !== undefined) return full
    if (!this.#isOpenDue) return null
    const open = this.#open
    this.#open = null
    this.#isOpenDue = false
    return open
  }
}
