import {
  Doorbell,
  PartitionStorage,
  RinglogError,
  STORAGE_FAILED,
  STORAGE_FULL,
  partitionName,
  type TopicPartition,
} from '@ringlog/core/internal/partition-thread'
import { Acknowledgements } from './acknowledgements.ts'

/**
 * The partition worker's side of a log on disk. A storage thread follows the ring, writes it to files and moves
 * the high watermark; this worker
 *
 * - rings the storage thread when it has appended,
 * - appends at most half a ring ahead of the high watermark, and evicts only below it,
 * - holds answers back until the high watermark has passed what they answer,
 * - rings the consumers when it has moved.
 *
 * Thread: the partition worker. Nothing here blocks.
 */
export class LogOnDisk {
  readonly acknowledgements: Acknowledgements
  readonly #at: TopicPartition
  readonly #storage: PartitionStorage
  readonly #storageDoorbell: Doorbell
  readonly #workerDoorbell: Doorbell
  readonly #maxAheadBytes: number
  readonly #listeners = new Set<() => void>()
  #seenHighWatermark: number
  #seenState: number
  #isWatching = false
  #isWatchedElsewhere = false
  #isClosed = false

  /**
   * @param workerDoorbell Rung by the storage thread when the high watermark, or its state, has changed.
   * @param ringBytes The size of the ring.
   */
  constructor(options: LogOnDiskOptions) {
    const { memory, storageDoorbell, ringBytes, topic, partition } = options
    this.#at = { topic, partition }
    this.#storage = new PartitionStorage(memory)
    this.#storageDoorbell = new Doorbell(storageDoorbell)
    this.#maxAheadBytes = ringBytes / 2
    this.#seenHighWatermark = this.#storage.highWatermark
    this.#seenState = this.#storage.state
    this.acknowledgements = new Acknowledgements(this.#storage)
    this.#workerDoorbell = options.workerDoorbell
    void this.#watch()
  }

  /** Every record below this is acknowledged, and may be evicted from the ring: it is on disk. */
  get highWatermark(): number {
    return this.#storage.highWatermark
  }

  /** The first offset of the log, on disk or in the ring. */
  get logStartOffset(): number {
    return this.#storage.logStartOffset
  }

  /**
   * Whether a batch may be appended that makes the ring end at `endPosition`: no more than half a ring would
   * wait for the disk. So the other half stays for consumers, who may read it.
   */
  mayGrowTo(endPosition: number): boolean {
    return endPosition - this.#storage.highWatermarkPosition <= this.#maxAheadBytes
  }

  /** Something was appended. */
  ringStorage(): void {
    this.#storageDoorbell.ring()
  }

  /** Calls `listener` whenever the high watermark has moved: before this the batches below it count. */
  onAdvanced(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Looks whether the high watermark has moved, or the disk has failed: cheap, to be called often. */
  look(): void {
    if (!this.hasMoved) return
    const { highWatermark, state } = this.#storage
    this.#seenHighWatermark = highWatermark
    this.#seenState = state
    this.acknowledgements.settle(highWatermark)
    if (state === STORAGE_FAILED) this.acknowledgements.fail(this.#failed(true))
    for (const listener of this.#listeners) listener()
  }

  /** Whether the disk has failed for good: `failure` says it. */
  get hasFailed(): boolean {
    return this.#storage.state === STORAGE_FAILED
  }

  /** @throws RinglogError KAFKA_STORAGE_ERROR where the disk takes nothing any more: nothing is appended. */
  assertWrites(): void {
    if (this.hasFailed) throw this.#failed(false)
  }

  /** What keeps an append waiting, for the end of a sentence. */
  describeWait(): string {
    const isFull = this.#storage.state === STORAGE_FULL
    const what = isFull ? 'the disk is full' : 'the disk is behind'
    return `${what}: highWatermark=${this.#storage.highWatermark}`
  }

  /** The error of answers that never come. */
  failure(): RinglogError {
    return this.#failed(true)
  }

  /** The worker ends: what waits for the disk is not waited for any more. */
  close(error: RinglogError): void {
    this.#isClosed = true
    this.look()
    this.acknowledgements.fail(error)
  }

  /**
   * Whether somebody else waits at the worker's doorbell for as long as this holds, and calls `look` when `hasMoved`:
   * one ring then wakes one of them, not both.
   */
  set isWatchedElsewhere(isElsewhere: boolean) {
    this.#isWatchedElsewhere = isElsewhere
    if (!isElsewhere && !this.#isWatching) void this.#watch()
  }

  /** INV-127: waits for what was not looked at, not for what is new since: `look` may be called elsewhere as well. */
  async #watch(): Promise<void> {
    this.#isWatching = true
    while (!this.#isClosed && !this.#isWatchedElsewhere) {
      await this.#workerDoorbell.waitAsync(
        () => this.#isClosed || this.#isWatchedElsewhere || this.hasMoved,
      )
      if (!this.#isClosed) this.look()
    }
    this.#isWatching = false
  }

  /** Whether the storage thread has changed something since `look` has looked. */
  get hasMoved(): boolean {
    const { highWatermark, state } = this.#storage
    return highWatermark !== this.#seenHighWatermark || state !== this.#seenState
  }

  #failed(isMaybeAppended: boolean): RinglogError {
    const { topic, partition } = this.#at
    return new RinglogError(
      'KAFKA_STORAGE_ERROR',
      `the disk of partition ${partitionName(topic, partition)} has failed: what its log has below offset ` +
        `${this.#storage.highWatermark} can be read; start the broker anew once the disk is mended`,
      { details: { topic, partition, isMaybeAppended } },
    )
  }
}

export interface LogOnDiskOptions extends TopicPartition {
  /** Of the ring. */
  readonly memory: SharedArrayBuffer
  readonly ringBytes: number
  readonly storageDoorbell: SharedArrayBuffer
  readonly workerDoorbell: Doorbell
}
