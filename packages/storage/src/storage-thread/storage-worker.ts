import {
  Doorbell,
  RinglogError,
  STORAGE_FAILED,
  encodeError,
  nextTurn,
  ownThread,
  partitionKey,
  partitionName,
  setTurnEnd,
  type ActorThread,
  type TopicPartition,
} from '@ringlog/core/internal/storage'
import { nodeFileSystem } from '../file-system/node-file-system.ts'
import type { MetadataLogs } from '../metadata/metadata-logs.ts'
import type { MetadataRecord, MetadataSnapshot } from '../metadata/metadata-record.ts'
import { openMetadataLogs } from '../metadata/open-metadata-logs.ts'
import { ChunkBuffer } from './chunk-buffer.ts'
import { DeletedFolders } from './deleted-folders.ts'
import type {
  OpenedPartition,
  PartitionStorageMetrics,
  PartitionToFollow,
  PartitionToOpen,
  StorageEvent,
  StorageEventMessage,
  StorageService,
  StorageStart,
} from './storage-service.ts'
import { StoredPartition, type StoredFiles } from './stored-partition.ts'
import { SyncQueue } from './sync-queue.ts'
import { SyncThreadHost } from './sync-thread-host.ts'

/** After so long the event loop turns, though not all partitions have had their chunk. */
const MAX_TURN_MS = 10

/**
 * Runs the disk of a broker: serves its host on the control port, and follows the rings of all partitions on disk,
 * in rounds of one chunk each.
 *
 * Thread: the storage thread's. It waits at one doorbell, which every partition worker rings.
 */
export class StorageWorker implements StorageService {
  readonly #start: StorageStart
  readonly #thread: ActorThread
  readonly #doorbell: Doorbell
  readonly #syncThreads: readonly SyncThreadHost[]
  readonly #syncs: SyncQueue
  readonly #chunk = new ChunkBuffer()
  readonly #deletedFolders: DeletedFolders
  readonly #partitions = new Map<string, StoredPartition>()
  /** `null`: not open yet. */
  #metadata: MetadataLogs | null = null
  /** Something happened by which a partition may be due at another time. */
  #mayBeDue = false
  #isClosed = false

  constructor(start: StorageStart, thread: ActorThread = ownThread) {
    const { clock } = thread
    this.#start = start
    this.#thread = thread
    this.#doorbell = new Doorbell(start.doorbell, clock)
    this.#syncThreads = Array.from(
      { length: start.syncThreads },
      () => new SyncThreadHost(start.syncThreadUrl),
    )
    this.#syncs = new SyncQueue(this.#syncThreads)
    this.#deletedFolders = new DeletedFolders(nodeFileSystem, start.dataDirectory, clock)
    thread.serve(start.controlPort, this)
    void this.#run()
  }

  openDirectory(): void {
    this.#deletedFolders.removeLeftovers()
  }

  openPartition(partition: PartitionToOpen): OpenedPartition {
    const key = partitionKey(partition)
    let stored = this.#partitions.get(key)
    if (stored === undefined) {
      stored = this.#open(partition)
      this.#partitions.set(key, stored)
    }
    return stored.opened
  }

  follow({ memory, workerDoorbell, ...at }: PartitionToFollow): void {
    this.#partitionAt(at).follow({
      memory,
      workerDoorbell,
      chunk: this.#chunk,
      syncs: this.#syncs,
      clock: this.#thread.clock,
      onSyncEnd: () => this.#lookAgain(),
      onState: (state, error) => {
        const wireError = error === null ? null : encodeError(error)
        this.#send({ type: 'stateChanged', ...at, state, error: wireError })
      },
    })
    this.#lookAgain()
  }

  async closePartition(at: TopicPartition): Promise<void> {
    await this.#take(at)?.close()
  }

  async deletePartition(at: TopicPartition): Promise<void> {
    await this.#take(at)?.abandon()
    this.#deletedFolders.delete(at)
  }

  deleteRecords(at: TopicPartition, beforeOffset: number): number {
    return this.#partitionAt(at).deleteRecords(beforeOffset)
  }

  openMetadata(): MetadataSnapshot {
    this.#metadata ??= openMetadataLogs((topic) => ({
      ...this.#filesOf({ topic, partition: 0 }),
      onLogStart: () => undefined,
    }))
    return this.#metadata.snapshot
  }

  appendMetadata(records: readonly MetadataRecord[], isSynced: boolean): void {
    if (this.#metadata === null) {
      throw new RinglogError('INVALID_STATE', 'the logs with the metadata are not open')
    }
    this.#metadata.append(records, this.#thread.clock.wallMs(), isSynced)
  }

  metrics(): PartitionStorageMetrics[] {
    return [...this.#partitions.values()].map((partition) => partition.metrics)
  }

  async close(): Promise<void> {
    const closed = await Promise.allSettled(
      [...this.#partitions.values()].map(({ at }) => this.closePartition(at)),
    )
    this.#metadata?.close()
    await this.#deletedFolders.removed
    this.#isClosed = true
    this.#lookAgain()
    await Promise.all(this.#syncThreads.map((thread) => thread.close()))
    // The answer to this call leaves first.
    setTurnEnd(() => this.#start.controlPort.close())
    for (const result of closed) if (result.status === 'rejected') throw result.reason
  }

  #open(partition: PartitionToOpen): StoredPartition {
    const { predecessor } = partition
    if (predecessor?.state === STORAGE_FAILED) {
      const name = partitionName(partition.topic, partition.partition)
      throw new RinglogError(
        'KAFKA_STORAGE_ERROR',
        `the disk of partition ${name} has failed before`,
      )
    }
    const files = {
      ...this.#filesOf(partition),
      ...(predecessor && {
        recoveryPoint: predecessor.flushedOffset,
        logStartOffset: predecessor.logStartOffset,
      }),
    }
    return new StoredPartition(partition, files, () => undefined)
  }

  #filesOf(_at: TopicPartition): StoredFiles {
    return {
      fileSystem: nodeFileSystem,
      dataDirectory: this.#start.dataDirectory,
      isClean: false,
      recoveryPoint: 0,
      logStartOffset: 0,
    }
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

  /** Follows the rings until the thread is closed. */
  async #run(): Promise<void> {
    while (!this.#isClosed) {
      this.#mayBeDue = false
      if (await this.#round()) await nextTurn(this.#thread.clock)
      else {
        const deadlineMs = this.#wakeAtMs
        await this.#doorbell.waitAsync(() => this.#mayBeDue || this.#isAnyDue, { deadlineMs })
      }
    }
  }

  /** Gives each partition its turn that has something to do; says whether one had. */
  async #round(): Promise<boolean> {
    const { clock } = this.#thread
    let wasAnyDue = false
    let turnedAtMs = clock.nowMs()
    for (const partition of this.#partitions.values()) {
      const nowMs = clock.nowMs()
      if (!partition.isDue(nowMs)) continue
      wasAnyDue = true
      if (nowMs - turnedAtMs >= MAX_TURN_MS) {
        await nextTurn(clock)
        turnedAtMs = nowMs
      }
      partition.step()
    }
    return wasAnyDue
  }

  get #isAnyDue(): boolean {
    const nowMs = this.#thread.clock.nowMs()
    for (const partition of this.#partitions.values()) if (partition.isDue(nowMs)) return true
    return false
  }

  get #wakeAtMs(): number {
    let wakeAtMs = Infinity
    for (const partition of this.#partitions.values()) {
      wakeAtMs = Math.min(wakeAtMs, partition.wakeAtMs)
    }
    return wakeAtMs
  }

  #lookAgain(): void {
    this.#mayBeDue = true
    this.#doorbell.ring()
  }

  #send(storageEvent: StorageEvent): void {
    const message: StorageEventMessage = { storageEvent }
    this.#start.controlPort.postMessage(message)
  }
}
