import type { Doorbell } from '../concurrent/doorbell.ts'
import type { Gate } from '../gate/gate.ts'
import type { Grant } from '../gate/grant.ts'
import type { LogReader } from '../ring/log-reader.ts'
import type { TopicPartition } from '../topic-partition.ts'

/** A partition that is open for reading. */
export interface OpenPartition extends TopicPartition {
  readonly reader: LogReader
  /**
   * The position, fixed: for an offset asked for, the larger of it and the log's start. With a group
   * what that has committed, or where it started before it has.
   */
  readonly startOffset: number
  /** `null`: this consumer holds nothing back itself. */
  readonly gate: Gate | null
  /** What it commits for its group with; `null`: it has no group. */
  readonly grant: Grant | null
  /** To be rung when a release unblocks an append. */
  readonly workerDoorbell: Doorbell
  /** Whether the partition's worker has ended: what is in the log can be read, nothing will come. */
  isOffline(): boolean
  /** Whether that is because the topic is deleted. */
  isDeleted(): boolean
}
