import {
  Doorbell,
  RinglogError,
  encodeError,
  exponentialBackoffMs,
  partitionKey,
  systemClock,
  type RpcClient,
  type TopicPartition,
} from '@ringlog/core/internal'
import { PartitionStorage, STORAGE_FAILED } from '@ringlog/core/internal/storage'
import { setTimeout } from 'node:timers/promises'
import { writeBackup } from './backup/backup.ts'
import type { StagedBackup } from './backup/stage-backup.ts'
import type { MetadataRecord, MetadataSnapshot } from './metadata/metadata-record.ts'
import type {
  OpenedPartition,
  PartitionToFollow,
  PartitionToOpen,
  Predecessor,
  RetentionHold,
  StorageEvent,
  StorageMetrics,
  StorageService,
} from './storage-thread/storage-service.ts'
import { StorageThreadRun } from './storage-thread-run.ts'

/** So many storage threads may die one after the other without having written anything. */
const MAX_VAIN_DEATHS = 5
const RETRY_BACKOFF_MS = 100

/**
 * The disk of a broker: starts the storage thread, and calls it. Where the thread dies, another takes over: it cuts
 * each file to what is known to be written, and follows the rings from there. Callers notice a pause; nothing is
 * lost that was published.
 *
 * ```text
 *   new ──openDirectory──▶ open ──the thread dies──▶ replaced ──▶ open
 *                           │                           └──once too often──▶ failed: every partition with it
 *                           └──close──▶ closed
 * ```
 *
 * Thread: the controller's. It touches no file itself, but for backups, and waits for no disk.
 */
export class StorageHost {
  readonly #options: StorageHostOptions
  readonly #onEvent: (event: StorageEvent) => void
  readonly #doorbell = new Doorbell()
  readonly #partitions = new Map<string, OpenFiles>()
  /** A thread that has open what its predecessor had. It rejects with WORKER_CRASHED where that died: see `#replace`. */
  #ready: Promise<StorageThreadRun> | null = null
  #thread: StorageThreadRun | null = null
  /** How many records were written when the thread was started. */
  #writtenBefore = 0
  #vainDeaths = 0
  /** Whether the threads keep the broker's metadata. */
  #hasMetadata = false
  #isClosing = false

  /** @param onEvent The disk of a partition takes nothing any more, or does again. */
  constructor(
    options: StorageHostOptions,
    onEvent: (event: StorageEvent) => void = () => undefined,
  ) {
    this.#options = options
    this.#onEvent = onEvent
  }

  /**
   * Starts the storage thread, which takes the directory for this process.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where it cannot be used; no thread runs then.
   */
  async openDirectory(): Promise<void> {
    this.#ready = this.#start()
    await this.#retry(() => Promise.resolve())
  }

  /** To be rung by partition workers after each append, also while no storage thread runs. */
  get doorbell(): SharedArrayBuffer {
    return this.#doorbell.memory
  }

  /** See `StorageService.openPartition`. */
  async openPartition(partition: PartitionToOpen): Promise<OpenedPartition> {
    const opened = await this.#call((calls) => calls.call('openPartition', [partition]))
    this.#partitions.set(partitionKey(partition), { partition, ring: null })
    return opened
  }

  /** See `StorageService.follow`. */
  async follow(ring: PartitionToFollow): Promise<void> {
    const files = this.#partitions.get(partitionKey(ring))
    if (files !== undefined) files.ring = ring
    await this.#call((calls) => calls.call('follow', [ring]))
  }

  /** See `StorageService.closePartition`. */
  async closePartition(at: TopicPartition): Promise<void> {
    try {
      await this.#call((calls) => calls.call('closePartition', [at]))
    } finally {
      this.#partitions.delete(partitionKey(at))
    }
  }

  /** See `StorageService.deletePartition`. */
  async deletePartition(at: TopicPartition): Promise<void> {
    await this.#call((calls) => calls.call('deletePartition', [at]))
    this.#partitions.delete(partitionKey(at))
  }

  /** See `StorageService.deleteRecords`. */
  deleteRecords(at: TopicPartition, beforeOffset: number): Promise<number> {
    return this.#call((calls) => calls.call('deleteRecords', [at, beforeOffset]))
  }

  /** See `StorageService.openMetadata`. */
  async openMetadata(): Promise<MetadataSnapshot> {
    this.#hasMetadata = true
    return this.#call((calls) => calls.call('openMetadata', [true]))
  }

  /** See `StorageService.appendMetadata`. */
  appendMetadata(records: readonly MetadataRecord[], isSynced: boolean): Promise<void> {
    return this.#call((calls) => calls.call('appendMetadata', [records, isSynced]))
  }

  /** See `StorageService.holdRetention`. To be said again and again: another thread does not know of it. */
  async holdRetention(holds: readonly RetentionHold[]): Promise<void> {
    await this.#call((calls) => calls.call('holdRetention', [holds]))
  }

  /**
   * Copies the directory as it is now to a folder that is new, or empty.
   *
   * @param target An absolute path.
   * @param signal Gives it up.
   * @throws RinglogError as `writeBackup`.
   */
  backUp(target: string, signal: AbortSignal): Promise<void> {
    const { dataDirectory } = this.#options
    const stage = (): Promise<StagedBackup> => this.#call((calls) => calls.call('stageBackup', []))
    return writeBackup({ dataDirectory, target, stage, signal })
  }

  /** See `StorageService.metrics`. */
  metrics(): Promise<StorageMetrics> {
    return this.#call((calls) => calls.call('metrics', []))
  }

  /**
   * Writes all that is published, syncs it, and ends the thread: by force once the deadline has passed.
   *
   * @param deadlineMs On the clock of the process.
   * @throws RinglogError KAFKA_STORAGE_ERROR where not all could be written; REQUEST_TIMED_OUT past the deadline. The
   *   thread has ended all the same.
   */
  async close(deadlineMs: number): Promise<void> {
    if (this.#ready === null || this.#isClosing) return
    let isTimeOver = false
    const end = (): void => {
      isTimeOver = true
      this.#isClosing = true
      void this.#thread?.terminate()
    }
    const timer = systemClock.setTimer(end, deadlineMs - systemClock.nowMs())
    try {
      await this.#retry((thread) => thread.close())
    } catch (error) {
      if (!isTimeOver) throw error
      throw new RinglogError('REQUEST_TIMED_OUT', 'not all that was published was written in time')
    } finally {
      systemClock.clearTimer(timer)
      this.#isClosing = true
    }
  }

  #call<Answer>(make: (calls: RpcClient<StorageService>) => Promise<Answer>): Promise<Answer> {
    return this.#retry((thread) => thread.call(make))
  }

  /** Where the thread dies that something is asked of, the next one is asked: it may take effect twice. */
  async #retry<Answer>(ask: (thread: StorageThreadRun) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const ready = this.#ready
      if (ready === null) throw new RinglogError('INVALID_STATE', 'the directory is not open')
      try {
        return await ask(await ready)
      } catch (error) {
        const isReplaced = this.#ready !== ready
        if (!isReplaced || !RinglogError.is(error, 'WORKER_CRASHED')) throw error
      }
    }
  }

  async #start(): Promise<StorageThreadRun> {
    const { storageThreadUrl: url, dataDirectory, syncThreads } = this.#options
    const thread = new StorageThreadRun({
      url,
      start: {
        dataDirectory,
        syncThreads,
        syncThreadUrl: this.#options.syncThreadUrl,
        cleanerUrl: this.#options.cleanerUrl,
        doorbell: this.#doorbell.memory,
      },
      onDeath: (death) => this.#onDeath(death),
      onEvent: this.#onEvent,
    })
    this.#thread = thread
    this.#writtenBefore = this.#written
    try {
      await thread.call((calls) => calls.call('openDirectory', []))
      if (this.#hasMetadata) await thread.call((calls) => calls.call('openMetadata', [false]))
      for (const files of this.#partitions.values()) await this.#reopen(thread, files)
      return thread
    } catch (error) {
      await thread.terminate()
      throw error
    }
  }

  #onDeath(death: RinglogError): void {
    if (this.#isClosing) return
    this.#ready = this.#replace(death)
    this.#ready.catch(() => undefined) // told to those who call
  }

  /** Starts a thread in the place of one that has died. */
  async #replace(death: RinglogError): Promise<StorageThreadRun> {
    this.#vainDeaths = this.#written > this.#writtenBefore ? 0 : this.#vainDeaths + 1
    // Perhaps it died while it rang a worker (INV-11).
    for (const { ring } of this.#partitions.values()) ringWorker(ring)
    try {
      if (this.#vainDeaths > MAX_VAIN_DEATHS) {
        const message = `storage threads die one after the other: ${death.message}`
        throw new RinglogError('KAFKA_STORAGE_ERROR', message, { cause: death })
      }
      if (this.#vainDeaths > 0) {
        await setTimeout(exponentialBackoffMs(RETRY_BACKOFF_MS, this.#vainDeaths))
      }
      return await this.#start()
    } catch (error) {
      // The death of the next one has its own replacement.
      if (!RinglogError.is(error, 'WORKER_CRASHED')) {
        for (const files of this.#partitions.values()) this.#fail(files, error)
      }
      throw error
    }
  }

  /** Of all partitions, the offsets up to which they are written, added up. */
  get #written(): number {
    let written = 0
    for (const { ring } of this.#partitions.values()) {
      if (ring !== null) written += new PartitionStorage(ring.memory).written.offset
    }
    return written
  }

  async #reopen(thread: StorageThreadRun, files: OpenFiles): Promise<void> {
    const { partition, ring } = files
    const predecessor = ring === null ? undefined : predecessorIn(ring.memory)
    try {
      await thread.call((calls) => calls.call('openPartition', [{ ...partition, predecessor }]))
      if (ring !== null) await thread.call((calls) => calls.call('follow', [ring]))
    } catch (error) {
      if (RinglogError.is(error, 'WORKER_CRASHED')) throw error
      this.#fail(files, error)
    }
  }

  /** No storage thread has the partition any more: this one says so in its place (INV-114). */
  #fail({ partition: { topic, partition }, ring }: OpenFiles, error: unknown): void {
    if (ring === null) return
    new PartitionStorage(ring.memory).setState(STORAGE_FAILED) // INV-114
    ringWorker(ring)
    const state = STORAGE_FAILED
    this.#onEvent({ type: 'stateChanged', topic, partition, state, error: encodeError(error) })
  }
}

/** Plain data: it may be sent to the thread that makes the host. */
export interface StorageHostOptions {
  /** An absolute path. */
  readonly dataDirectory: string
  /** How many files may be synced at the same time. */
  readonly syncThreads: number
  /** See `storageThreadUrl`. */
  readonly storageThreadUrl: string
  /** See `syncThreadUrl`. */
  readonly syncThreadUrl: string
  /** See `cleanerUrl`. */
  readonly cleanerUrl: string
}

interface OpenFiles {
  readonly partition: PartitionToOpen
  /** `null`: it is not followed yet. */
  ring: PartitionToFollow | null
}

function ringWorker(ring: PartitionToFollow | null): void {
  if (ring !== null) new Doorbell(ring.workerDoorbell).ringUnconditionally()
}

function predecessorIn(memory: SharedArrayBuffer): Predecessor {
  const { written, flushedOffset, logStartOffset, state } = new PartitionStorage(memory)
  return { written, flushedOffset, logStartOffset, state }
}
