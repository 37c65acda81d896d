import type { RinglogError } from '../errors/ringlog-error.ts'
import type { LogReader } from '../ring/log-reader.ts'
import type { TopicPartition } from '../topic-partition.ts'

/**
 * A partition that is open for reading.
 *
 * Thread: the consumer's, for all of it.
 */
export interface OpenPartition extends TopicPartition {
  readonly reader: LogReader
  /**
   * Whether the log lives elsewhere: where it begins and ends, and what the group has committed, is said here as of
   * the latest answer. To know it of this moment, the engine is asked. Absent: it is in this process.
   */
  readonly isRemote?: boolean
  /**
   * The position, fixed: for an offset asked for, the larger of it and the log's start. With a group
   * what that has committed, or where it started before it has.
   */
  readonly startOffset: number
  /** From this offset on the log keeps its records for this consumer; `null`: it holds nothing back itself. */
  readonly heldOffset: number | null
  /** `null`: the consumer has no group. */
  readonly commits: PartitionCommits | null
  /**
   * Lets the log drop what lies below `offset`; or, where that lies before `heldOffset`, keeps again what
   * is still there. Without effect where this consumer holds nothing back itself.
   *
   * INV-10: the caller has copied out what it still needs of what it releases.
   */
  release(offset: number): void
  /** Whether nothing will come, though what is in the log can be read: no worker runs, and none is started. */
  isOffline(): boolean
  /** PARTITION_OFFLINE, where the engine knows how it came about. */
  offlineError?(): RinglogError
  /** Whether that is because the topic is deleted. */
  isDeleted(): boolean
}

/** The commits that a consumer makes for its group on one partition. */
export interface PartitionCommits {
  /** The offset that is committed, as far as the log has accepted it; `null`: nothing is committed. */
  readonly committed: number | null
  /** Whether commits outlive the log's process: `ConsumerEngine.storeCommits` says when. Absent: they do not. */
  readonly areStored?: boolean
  /** Whether commits take what is to be kept beside them. Absent: `ConsumerEngine.describeCommits` takes it. */
  readonly takesMetadata?: boolean
  /** Whether the group has given the partition to another consumer: nothing more is accepted. */
  readonly isRevoked: boolean
  /**
   * Marks everything below `offset` as consumed: the log need not keep it for the group. Commits take effect
   * in the order of the calls. A consumer that commits by itself may name an offset again whose answer is
   * still to come.
   *
   * @param metadata What is to be kept beside it; without effect unless `takesMetadata`.
   * @returns Whether the commit is accepted: then every later owner starts from it. A log that cannot say so
   *   at once answers with a promise, which rejects where no answer came.
   */
  commit(offset: number, metadata?: string): boolean | Promise<boolean>
  /** Shows where this consumer stands to those who ask for the group's offsets; -1: nothing was handed out. */
  report(position: number, currentOffset: number): void
}
