import { RingLogWriter, createRingLogMemory } from '@ringlog/core/internal'
import {
  Doorbell,
  PartitionStorage,
  STORAGE_FAILED,
  STORAGE_FULL,
  STORED_ON_DISK,
  type Clock,
} from '@ringlog/core/internal/storage'
import type { FileSystem } from '../../src/file-system/file-system.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { ChunkBuffer } from '../../src/storage-thread/chunk-buffer.ts'
import { PartitionFollower } from '../../src/storage-thread/partition-follower.ts'
import { SyncQueue, type SyncEnd, type SyncThread } from '../../src/storage-thread/sync-queue.ts'
import { syncInOrder } from '../../src/sync-thread/sync-in-order.ts'
import { RING_BYTES, diskConfig } from '../storage-thread/ring-rig.ts'

/** Longer than a full disk is left alone. */
const RETRY_MS = 2_000

/** All sessions follow one another in one thread. */
const CHUNK = new ChunkBuffer()
const CONFIG = diskConfig()

/**
 * A partition worker's ring, the storage thread's follower of it, and one sync thread: each does something when the
 * session says so.
 */
export class FollowedLog {
  readonly #storage: PartitionStorage
  readonly #writer: RingLogWriter
  readonly #follower: PartitionFollower
  readonly #syncThread: SteppedSyncThread
  readonly #syncs: SyncQueue
  readonly #clock = new StepClock()

  /** @param log All that it holds is synced. */
  constructor(log: SegmentedLog, fileSystem: FileSystem, flushMessages: number | null) {
    const { logStartOffset, endOffset } = log
    const memory = createRingLogMemory(RING_BYTES, {
      storage: STORED_ON_DISK,
      logStartOffset,
      endOffset,
    })
    this.#storage = new PartitionStorage(memory)
    this.#writer = new RingLogWriter(memory)
    this.#syncThread = new SteppedSyncThread(fileSystem)
    this.#syncs = new SyncQueue([this.#syncThread])
    this.#follower = new PartitionFollower({
      topic: 'trades',
      partition: 0,
      log,
      config: { ...CONFIG, flushMessages },
      memory,
      workerDoorbell: new Doorbell().memory,
      chunk: CHUNK,
      syncs: this.#syncs,
      clock: this.#clock,
      onState: () => undefined,
    })
  }

  get flushedOffset(): number {
    return this.#storage.flushedOffset
  }

  get highWatermark(): number {
    return this.#storage.highWatermark
  }

  /** Of the ring. */
  get endOffset(): number {
    return this.#writer.endOffset
  }

  get hasFailed(): boolean {
    return this.#follower.state === STORAGE_FAILED
  }

  /** What a producer has sent; `false`: the ring has no room (D-2, D-3). */
  tryAppend(batch: Uint8Array): boolean {
    const aheadBytes =
      this.#writer.endPositionAfter(batch.length) - this.#storage.highWatermarkPosition
    if (aheadBytes > this.#writer.ringBytes / 2) return false
    if (!this.#writer.makeRoom(batch.length, this.#storage.highWatermark)) return false
    this.#writer.append(batch)
    return true
  }

  /** A turn of the storage thread; a full disk is tried again. @param isAlone See `PartitionFollower.step`. */
  follow(isAlone: boolean): void {
    if (this.#follower.state === STORAGE_FULL) this.#clock.pass(RETRY_MS)
    this.#syncs.look()
    this.#follower.step(isAlone)
  }

  /** The sync that the sync thread was asked for, if it was, ends, and the storage thread hears of it. */
  endSync(): void {
    this.#syncThread.end()
    this.#syncs.look()
  }

  /** @throws RinglogError KAFKA_STORAGE_ERROR. */
  deleteBefore(offset: number): void {
    this.#follower.deleteBefore(offset)
  }

  /** As `StoredPartition.close`. */
  close(): void {
    do {
      this.follow(false)
      this.endSync()
    } while (!this.hasFailed && !(this.#follower.isCaughtUp && this.#syncThread.isIdle))
    this.#follower.close()
  }
}

/** A sync thread that syncs as soon as it is asked, so what is written after that is not; and says so when it is told to. */
class SteppedSyncThread implements SyncThread {
  readonly #fileSystem: FileSystem
  #onEnd: SyncEnd | null = null
  #fault: string | null = null
  hasAnswer = false

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem
  }

  get isIdle(): boolean {
    return this.#onEnd === null
  }

  sync(descriptors: readonly number[], onEnd: SyncEnd): void {
    this.#fault = syncInOrder(this.#fileSystem, descriptors)
    this.#onEnd = onEnd
  }

  end(): void {
    this.hasAnswer = !this.isIdle
  }

  look(): void {
    if (!this.hasAnswer) return
    const onEnd = this.#onEnd!
    this.#onEnd = null
    this.hasAnswer = false
    onEnd(this.#fault === null ? null : new Error(this.#fault))
  }
}

/** Time that stands still, but where the session lets some pass: a sync takes none, so each is quick. */
class StepClock implements Clock {
  #nowMs = 1

  pass(ms: number): void {
    this.#nowMs += ms
  }

  nowMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#nowMs
  }

  setTimer(): never {
    throw new Error('nothing here waits for a time')
  }

  clearTimer(): void {}

  setTurnEnd(callback: () => void): void {
    callback()
  }

  random(): number {
    return 0
  }
}
