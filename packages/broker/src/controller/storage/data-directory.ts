import {
  RinglogError,
  decodeError,
  partitionKey,
  partitionName,
  type PartitionDiskMetrics,
  type ResolvedTopicConfig,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { DataDirectoryMetrics } from '@ringlog/core/internal/storage'
import {
  StorageHost,
  type MetadataRecord,
  type MetadataSnapshot,
  type StorageHostOptions,
  type TopicRecord,
} from '@ringlog/storage'
import { PartitionFiles } from './partition-files.ts'

/** Topics with these names are the directory's own. */
const OWN_TOPICS: ReadonlySet<string> = new Set(['__ringlog_metadata', '__consumer_offsets'])

/** By STORAGE_STATE. */
const STATES = ['writing', 'full', 'failed'] as const

/**
 * The directory of a durable broker, as the controller has it: every call goes to the storage thread; this
 * touches no file itself.
 *
 * Thread: the controller's.
 */
export class DataDirectory {
  readonly #path: string
  readonly #host: StorageHost
  #onError: (error: Error) => void = () => undefined

  constructor(options: StorageHostOptions) {
    this.#path = options.dataDirectory
    this.#host = new StorageHost(options, ({ error }) => {
      if (error !== null) this.#onError(decodeError(error))
    })
  }

  /**
   * Takes the directory for this process, and reads what a former broker has written of itself.
   *
   * @param onError Called when the disk of a partition takes nothing any more, for now or for good.
   * @throws RinglogError KAFKA_STORAGE_ERROR where it cannot be used, names its path, and the process that has it.
   */
  async open(onError: (error: Error) => void): Promise<MetadataSnapshot> {
    this.#onError = onError
    await this.#host.openDirectory()
    return this.#host.openMetadata()
  }

  /** @throws RinglogError INVALID_TOPIC_EXCEPTION. */
  assertNotOwn(topic: string): void {
    if (!OWN_TOPICS.has(topic)) return
    throw new RinglogError(
      'INVALID_TOPIC_EXCEPTION',
      `the topic name ${topic} is taken: a broker with a dataDirectory has a log of its own by that name`,
      { details: { topic } },
    )
  }

  /** Resolves once the topic is there as it says, also after the loss of power. */
  writeTopic(
    topicId: string,
    topic: string,
    config: ResolvedTopicConfig,
    state: TopicRecord['state'] = 'active',
  ): Promise<void> {
    return this.#host.appendMetadata([{ type: 'topic', topicId, topic, state, config }], true)
  }

  /** Deletes the files of a topic that is written down as `deleting`, then that record. */
  async deleteFiles(topicId: string, topic: string, partitions: number): Promise<void> {
    for (let partition = 0; partition < partitions; partition++) {
      await this.#host.deletePartition({ topic, partition })
    }
    await this.#host.appendMetadata([{ type: 'topicRemoved', topicId }], true)
  }

  /** Makes sure, also after the loss of power, that ids before this one are not given again (D-10). */
  reserveProducerIds(nextProducerId: number): Promise<void> {
    return this.#host.appendMetadata([{ type: 'producerIds', nextProducerId }], true)
  }

  /** Writes what groups have committed; where `isSynced`, resolves when it would survive the loss of power. */
  writeGroups(records: readonly MetadataRecord[], isSynced: boolean): Promise<void> {
    return this.#host.appendMetadata(records, isSynced)
  }

  async metrics(): Promise<DiskMetrics> {
    const { dataDirectory, threadCount, partitions } = await this.#host.metrics()
    const byPartition = new Map(
      partitions.map((partition) => {
        const { endOffset, flushedOffset, sizeBytes, segmentCount, state } = partition
        const { logFlushesTotal, logFlushMsTotal, compaction } = partition
        const files = { writtenOffset: endOffset, flushedOffset, sizeBytes, segmentCount }
        const disk = {
          ...files,
          logFlushesTotal,
          logFlushMsTotal,
          compaction,
          state: STATES[state],
        }
        return [partitionKey(partition), disk] as const
      }),
    )
    return { dataDirectory, threadCount, partitions: byPartition }
  }

  /** Copies the directory as it is now: see `StorageHost.backUp`. */
  backUp(target: string, signal: AbortSignal): Promise<void> {
    return this.#host.backUp(target, signal)
  }

  /** The files of one partition, which are not open yet. */
  filesOf(at: TopicPartition, topicId: string, config: ResolvedTopicConfig): PartitionFiles {
    const directory = `${this.#path}/${partitionName(at.topic, at.partition)}`
    return new PartitionFiles(this.#host, { ...at, topicId, config }, directory)
  }

  /**
   * Writes all that is published, syncs it, and ends the storage threads: by force once the deadline has passed.
   *
   * @param deadlineMs In time of the process.
   * @throws RinglogError KAFKA_STORAGE_ERROR where not all could be written; the threads have ended all the same.
   */
  close(deadlineMs: number): Promise<void> {
    return this.#host.close(deadlineMs)
  }
}

/** How the disk is, and the files of the partitions that are open, by partition. */
export interface DiskMetrics {
  /** `null`: it does not say. */
  readonly dataDirectory: DataDirectoryMetrics | null
  /** Threads for the disk. */
  readonly threadCount: number
  readonly partitions: ReadonlyMap<string, PartitionDiskMetrics>
}
