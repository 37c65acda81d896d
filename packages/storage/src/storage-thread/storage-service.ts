import type {
  DataDirectoryMetrics,
  PartitionCompactionMetrics,
  ResolvedTopicConfig,
  StorageState,
  TopicPartition,
  WireError,
  WrittenLog,
} from '@ringlog/core/internal/storage'
import type { MessagePort } from 'node:worker_threads'
import type { StagedBackup } from '../backup/stage-backup.ts'
import type { MetadataRecord, MetadataSnapshot } from '../metadata/metadata-record.ts'
import type { TruncatedLog } from '../recovery/recover-segments.ts'
import type { ProducerEntry } from '../segment/producer-entries.ts'
import type { FlushTotals } from './flush-policy.ts'

/** What the storage thread is started with: its `workerData`. */
export interface StorageStart {
  readonly dataDirectory: string
  /** How many files are synced at the same time. */
  readonly syncThreads: number
  /** The file that a sync thread begins with. */
  readonly syncThreadUrl: string
  /** The file that the cleaner begins with. */
  readonly cleanerUrl: string
  /** Rung by partition workers after each append. It outlives a storage thread that dies. */
  readonly doorbell: SharedArrayBuffer
  /** Where the thread offers `StorageService` to the host, and posts events. */
  readonly controlPort: MessagePort
}

/** What the storage thread offers to its host. Calls start in the order in which they are made. */
export interface StorageService {
  /**
   * Takes the directory for this process. The first call; the next one follows its answer.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where it cannot be used.
   */
  openDirectory(): Promise<void>
  /** Opens the log of a partition, and recovers it; one that is open already stays as it is. */
  openPartition(partition: PartitionToOpen): OpenedPartition
  /** Follows the ring of a partition that is open from the end of its files on. */
  follow(partition: PartitionToFollow): void
  /**
   * Writes all that is published, syncs it, and closes the partition's files; nobody appends any more.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where not all of it could be written; the files are closed.
   */
  closePartition(at: TopicPartition): Promise<void>
  /** Deletes a partition's files, whether it is open or not. Deleted once this answers, also after a crash. */
  deletePartition(at: TopicPartition): Promise<void>
  /**
   * Lets the log start at `beforeOffset`, at most at the high watermark; durable once this answers.
   *
   * @returns Where the log starts now.
   */
  deleteRecords(at: TopicPartition, beforeOffset: number): number
  /**
   * Opens the logs with the broker's metadata; they stay open until `close`. The latest record of each key.
   *
   * @param isStart Whether the session begins: folders of partitions that never came to be go then.
   * @throws RinglogError KAFKA_STORAGE_ERROR where they are damaged, or of a later release.
   */
  openMetadata(isStart: boolean): MetadataSnapshot
  /**
   * Writes metadata. Topics and producer ids survive the loss of power once this answers; groups and offsets where
   * `isSynced`.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR.
   */
  appendMetadata(records: readonly MetadataRecord[], isSynced: boolean): void
  /**
   * Says what groups have not committed yet, of topics with `retentionHeldBy: "groups"`: retention keeps that. Until it
   * is said for the first time, it keeps everything. Partitions that are not open are passed over.
   */
  holdRetention(holds: readonly RetentionHold[]): void
  /**
   * Keeps all files as they are at this moment, for a backup.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where that cannot be done: the file system has no links, or no room.
   */
  stageBackup(): StagedBackup
  metrics(): StorageMetrics
  /** Closes all partitions, and writes down that the session has ended cleanly where it has. The thread then ends. */
  close(): Promise<void>
}

export interface PartitionToOpen extends TopicPartition {
  /** A UUID. */
  readonly topicId: string
  readonly config: ResolvedTopicConfig
  /** Damage below what was synced ends the log there, instead of keeping the partition offline. */
  readonly truncateCorrupt: boolean
  /** The storage thread has died that had it open and followed it: how far it had come. */
  readonly predecessor?: Predecessor | undefined
}

/** How far a storage thread had come, by the words in the ring's memory. */
export interface Predecessor {
  readonly written: WrittenLog
  readonly flushedOffset: number
  readonly logStartOffset: number
  /** Once the disk has failed, no successor goes on (D-8). */
  readonly state: StorageState
}

export interface OpenedPartition {
  readonly logStartOffset: number
  readonly endOffset: number
  /** The latest batch of each producer. */
  readonly producers: readonly ProducerEntry[]
  /** What was cut off the end; `null`: nothing. */
  readonly truncated: TruncatedLog | null
}

/** What groups hold of a partition. */
export interface RetentionHold extends TopicPartition {
  /** The first offset that one of them has not committed; past the log's end: none holds anything. */
  readonly offset: number
}

export interface PartitionToFollow extends TopicPartition {
  /** The ring. */
  readonly memory: SharedArrayBuffer
  /** The partition worker's. */
  readonly workerDoorbell: SharedArrayBuffer
}

export interface StorageMetrics {
  /** How the file system is; `null`: it does not say. */
  readonly dataDirectory: DataDirectoryMetrics | null
  /** The storage thread, the sync threads and the cleaner, as far as they were needed yet. */
  readonly threadCount: number
  /** Of each partition that is open. */
  readonly partitions: readonly PartitionStorageMetrics[]
}

export interface PartitionStorageMetrics extends TopicPartition, FlushTotals {
  readonly logStartOffset: number
  /** The offset after the last record in the files. */
  readonly endOffset: number
  readonly flushedOffset: number
  /** Of all `.log` files. */
  readonly sizeBytes: number
  readonly segmentCount: number
  readonly state: StorageState
  /** `null`: it is not compacted. */
  readonly compaction: PartitionCompactionMetrics | null
}

/** A message of the storage thread's on the control port that is no answer to a call. */
export interface StorageEventMessage {
  readonly storageEvent: StorageEvent
}

export type StorageEvent = StorageStateEvent | UncleanableEvent

/** A partition is not compacted any more: see `PartitionCompactionMetrics.isUncleanable`. */
export interface UncleanableEvent extends TopicPartition {
  readonly type: 'uncleanable'
  readonly error: WireError
}

/** The disk of a partition takes nothing any more, for now or for good, or does again. */
export interface StorageStateEvent extends TopicPartition {
  readonly type: 'stateChanged'
  readonly state: StorageState
  /** Why; `null`: it takes records again. */
  readonly error: WireError | null
}
