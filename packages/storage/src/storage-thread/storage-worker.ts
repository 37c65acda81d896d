import {
  Doorbell,
  RinglogError,
  STORAGE_FAILED,
  encodeError,
  ownThread,
  partitionKey,
  partitionName,
  setTurnEnd,
  type ActorThread,
  type TopicPartition,
} from '@ringlog/core/internal/storage'
import type { LogToBackUp, StagedBackup } from '../backup/stage-backup.ts'
import { freeSpaceOf } from '../directory/free-space.ts'
import type { MetadataRecord, MetadataSnapshot } from '../metadata/metadata-record.ts'
import type { CleaningFault } from '../cleaner/cleaner-messages.ts'
import { ChunkBuffer } from './chunk-buffer.ts'
import { CleanerHost } from './cleaner-host.ts'
import { FollowLoop } from './follow-loop.ts'
import { LogCleaning } from './log-cleaning.ts'
import { OpenDirectory } from './open-directory.ts'
import type {
  OpenedPartition,
  PartitionToFollow,
  PartitionToOpen,
  RetentionHold,
  StorageEvent,
  StorageEventMessage,
  StorageMetrics,
  StorageService,
  StorageStart,
} from './storage-service.ts'
import { StoredPartition, type FollowedRing } from './stored-partition.ts'
import { SyncQueue } from './sync-queue.ts'
import { SyncThreadHost } from './sync-thread-host.ts'

/**
 * Runs the disk of a broker: serves its host on the control port, and follows the rings of all partitions on disk.
 *
 * Thread: the storage thread's.
 */
export class StorageWorker implements StorageService {
  readonly #start: StorageStart
  readonly #thread: ActorThread
  readonly #syncThreads: readonly SyncThreadHost[]
  readonly #syncs: SyncQueue
  readonly #chunk = new ChunkBuffer()
  readonly #partitions = new Map<string, StoredPartition>()
  readonly #loop: FollowLoop
  readonly #cleaner: CleanerHost
  readonly #cleaning: LogCleaning
  /** `null`: `openDirectory` was not called yet, or has failed. */
  #openDirectory: OpenDirectory | null = null

  constructor(start: StorageStart, thread: ActorThread = ownThread) {
    const { clock } = thread
    this.#start = start
    this.#thread = thread
    this.#syncThreads = Array.from(
      { length: start.syncThreads },
      () => new SyncThreadHost(start.syncThreadUrl, start.doorbell),
    )
    this.#syncs = new SyncQueue(this.#syncThreads)
    this.#loop = new FollowLoop({
      partitions: this.#partitions,
      syncs: this.#syncs,
      doorbell: new Doorbell(start.doorbell, clock),
      clock,
    })
    this.#cleaner = new CleanerHost(start.cleanerUrl)
    this.#cleaning = new LogCleaning({
      cleaner: this.#cleaner,
      clock,
      logs: () => [...this.#partitions.values()].flatMap(({ compaction }) => compaction ?? []),
      onUncleanable: (at, fault) => this.#warnUncleanable(at, fault),
    })
    thread.serve(start.controlPort, this)
  }

  async openDirectory(): Promise<void> {
    const { dataDirectory } = this.#start
    this.#openDirectory = await OpenDirectory.open(dataDirectory, this.#thread.clock, () =>
      [...this.#partitions.values()].map(({ at, flushedOffset }) => [at, flushedOffset]),
    )
  }

  openMetadata(isStart: boolean): MetadataSnapshot {
    return this.#directory.openMetadata(isStart)
  }

  appendMetadata(records: readonly MetadataRecord[], isSynced: boolean): void {
    this.#directory.appendMetadata(records, isSynced)
  }

  openPartition(partition: PartitionToOpen): OpenedPartition {
    const key = partitionKey(partition)
    const known = this.#partitions.get(key)
    if (known !== undefined) return known.opened
    try {
      const stored = this.#open(partition)
      this.#partitions.set(key, stored)
      return stored.opened
    } catch (error) {
      this.#directory.noteUnclean()
      throw error
    }
  }

  follow({ memory, workerDoorbell, ...at }: PartitionToFollow): void {
    const partition = this.#partitionAt(at)
    const ring: FollowedRing = {
      memory,
      workerDoorbell,
      chunk: this.#chunk,
      syncs: this.#syncs,
      clock: this.#thread.clock,
      onSyncEnd: () => {
        if (partition.compaction?.takeNewSegment() === true) this.#cleaning.lookAgain()
      },
      onState: (state, error) => {
        const wireError = error === null ? null : encodeError(error)
        this.#send({ type: 'stateChanged', ...at, state, error: wireError })
      },
    }
    partition.follow(ring, this.#directory)
    if (partition.compaction !== null) this.#cleaning.lookAgain()
    this.#loop.lookAgain()
  }

  async closePartition(at: TopicPartition): Promise<void> {
    const partition = this.#take(at)
    if (partition === undefined) return
    await this.#cleaning.stop(partition.compaction)
    try {
      await partition.close()
      this.#directory.noteRecoveryPoint(at, partition.flushedOffset)
    } catch (error) {
      this.#directory.noteUnclean()
      throw error
    }
  }

  async deletePartition(at: TopicPartition): Promise<void> {
    const partition = this.#take(at)
    await this.#cleaning.stop(partition?.compaction ?? null)
    await partition?.abandon()
    this.#directory.deletePartition(at)
  }

  deleteRecords(at: TopicPartition, beforeOffset: number): number {
    return this.#partitionAt(at).deleteRecords(beforeOffset)
  }

  holdRetention(holds: readonly RetentionHold[]): void {
    for (const hold of holds) this.#partitions.get(partitionKey(hold))?.holdRetention(hold.offset)
    this.#loop.lookAgain()
  }

  stageBackup(): StagedBackup {
    const logs = new Map<string, LogToBackUp>()
    for (const { at, toBackUp } of this.#partitions.values()) {
      logs.set(partitionName(at.topic, at.partition), toBackUp)
    }
    return this.#directory.stageBackup(logs)
  }

  metrics(): StorageMetrics {
    const partitions = [...this.#partitions.values()].map((partition) => partition.metrics)
    const dataDirectory = freeSpaceOf(this.#start.dataDirectory)
    return { dataDirectory, threadCount: this.#threadCount, partitions }
  }

  async close(): Promise<void> {
    await this.#cleaning.close()
    const all = [...this.#partitions.values()]
    const closed = await Promise.allSettled(all.map(({ at }) => this.closePartition(at)))
    const ended = await Promise.allSettled([
      this.#openDirectory?.close(),
      ...this.#syncThreads.map((thread) => thread.close()),
      this.#cleaner.close(),
    ])
    this.#loop.end()
    // The answer to this call leaves first.
    setTurnEnd(() => this.#start.controlPort.close())
    for (const result of [...closed, ...ended]) {
      if (result.status === 'rejected') throw result.reason
    }
  }

  /** This one, and those that it has started: each from when it is needed first. */
  get #threadCount(): number {
    const started = [...this.#syncThreads, this.#cleaner].filter(({ isRunning }) => isRunning)
    return 1 + started.length
  }

  #open(partition: PartitionToOpen): StoredPartition {
    const { topic, partition: number, predecessor } = partition
    if (predecessor?.state === STORAGE_FAILED) {
      const name = partitionName(topic, number)
      throw new RinglogError('KAFKA_STORAGE_ERROR', `the disk of partition ${name} had failed`)
    }
    const directory = this.#directory
    const files = directory.filesOf(partition)
    return new StoredPartition(
      partition,
      {
        ...files,
        recoveryPoint: predecessor?.flushedOffset ?? files.recoveryPoint,
        // A predecessor that died in between had not come to the checkpoint (D-7).
        logStartOffset: Math.max(predecessor?.logStartOffset ?? 0, files.logStartOffset),
      },
      (logStartOffset) => directory.writeLogStart({ topic, partition: number }, logStartOffset),
    )
  }

  get #directory(): OpenDirectory {
    if (this.#openDirectory !== null) return this.#openDirectory
    throw new RinglogError('INVALID_STATE', 'the directory is not open')
  }

  #partitionAt(at: TopicPartition): StoredPartition {
    const partition = this.#partitions.get(partitionKey(at))
    if (partition !== undefined) return partition
    const name = partitionName(at.topic, at.partition)
    throw new RinglogError('INVALID_STATE', `the files of partition ${name} are not open`)
  }

  /** Takes a partition out: it is not followed any more. */
  #take(at: TopicPartition): StoredPartition | undefined {
    const partition = this.#partitions.get(partitionKey(at))
    this.#partitions.delete(partitionKey(at))
    return partition
  }

  #warnUncleanable(at: TopicPartition, { message }: CleaningFault): void {
    const name = partitionName(at.topic, at.partition)
    const error = new RinglogError(
      'KAFKA_STORAGE_ERROR',
      `partition ${name} is not compacted any more until the broker is started again: ${message}`,
      { details: { ...at, reason: message } },
    )
    this.#send({ type: 'uncleanable', ...at, error: encodeError(error) })
  }

  #send(storageEvent: StorageEvent): void {
    const message: StorageEventMessage = { storageEvent }
    this.#start.controlPort.postMessage(message)
  }
}
