import {
  STORED_ON_DISK,
  STORED_ON_DISK_SHOWN_AT_ONCE,
  type ResolvedTopicConfig,
  type StorageKind,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { OpenedPartition, StorageHost } from '@ringlog/storage'

/**
 * The files of one partition on disk, as the controller has them: a storage thread writes them.
 *
 * ```text
 *            open                 follow
 *   closed ────────▶ open ──────────────────▶ followed
 *     ▲      damaged   │
 *     └────────────────┘ open, with truncateCorrupt
 * ```
 *
 * Thread: the controller's.
 */
export class PartitionFiles {
  /** Their folder: an absolute path. */
  readonly directory: string
  readonly #host: StorageHost
  readonly #partition: StoredPartition
  #isFollowed = false
  /** Retention keeps what lies at or past it, as was said last. */
  #heldFrom = 0

  constructor(host: StorageHost, partition: StoredPartition, directory: string) {
    this.#host = host
    this.#partition = partition
    this.directory = directory
  }

  /** Whether records are written to them; before that, or where they are damaged, the partition takes none. */
  get isFollowed(): boolean {
    return this.#isFollowed
  }

  /** How far consumers see a log on disk. */
  get storageKind(): StorageKind {
    const isShownAtOnce = this.#partition.config.visibility === 'published'
    return isShownAtOnce ? STORED_ON_DISK_SHOWN_AT_ONCE : STORED_ON_DISK
  }

  /** Whether a record is synced before it is acknowledged. */
  get isEachRecordSynced(): boolean {
    return this.#partition.config.flushMessages === 1
  }

  /** Whether retention keeps what groups have not committed. */
  get areHeldByGroups(): boolean {
    return this.#partition.config.retentionHeldBy === 'groups'
  }

  /** Says what groups hold: the first offset that one of them has not committed. */
  async hold(offset: number): Promise<void> {
    this.#heldFrom = offset
    const { topic, partition } = this.#partition
    await this.#host.holdRetention([{ topic, partition, offset }])
  }

  /** A group comes, or goes back: resolves once retention keeps what it holds, with what others do. */
  async holdAlso(offset: number): Promise<void> {
    if (!this.areHeldByGroups || offset >= this.#heldFrom) return
    await this.hold(offset).catch(() => undefined) // without a storage thread nothing is deleted
  }

  /** To be rung by the partition's worker after each append. */
  get storageDoorbell(): SharedArrayBuffer {
    return this.#host.doorbell
  }

  /**
   * Opens the files, new ones where there are none, and recovers what a crash has left.
   *
   * @param truncateCorrupt Whether damage, too, ends the log where it is: what follows is dropped.
   * @throws RinglogError KAFKA_STORAGE_ERROR.
   */
  open(truncateCorrupt: boolean): Promise<OpenedPartition> {
    return this.#host.openPartition({ ...this.#partition, truncateCorrupt })
  }

  /** Lets the storage thread write what is appended to the ring, from its start on. */
  async follow(memory: SharedArrayBuffer, workerDoorbell: SharedArrayBuffer): Promise<void> {
    const { topic, partition } = this.#partition
    await this.#host.follow({ topic, partition, memory, workerDoorbell })
    this.#isFollowed = true
  }

  /** Closes the files of a partition that did not come to be. */
  async close(): Promise<void> {
    const { topic, partition } = this.#partition
    await this.#host.closePartition({ topic, partition })
  }

  /** Deletes what lies before an offset; resolves with the log's start, once that is durable. */
  deleteRecords(beforeOffset: number): Promise<number> {
    const { topic, partition } = this.#partition
    return this.#host.deleteRecords({ topic, partition }, beforeOffset)
  }
}

/** A partition of a topic on disk. */
interface StoredPartition extends TopicPartition {
  readonly topicId: string
  readonly config: ResolvedTopicConfig
}
