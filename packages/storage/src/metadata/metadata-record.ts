import type { ResolvedTopicConfig, TopicPartition } from '@ringlog/core/internal/storage'

/**
 * What a broker with a directory must know when it starts again. Each record replaces the one before with the same
 * key; one that ends in `Removed` takes it away.
 *
 * Plain data: the controller, which decides, sends it to the storage thread, which writes.
 */
export type MetadataRecord =
  | TopicRecord
  | TopicRemovedRecord
  | ProducerIdsRecord
  | GroupRecord
  | GroupRemovedRecord
  | OffsetRecord
  | OffsetRemovedRecord

/** A topic on disk; its key is the id, for a name can be given again. */
export interface TopicRecord {
  readonly type: 'topic'
  readonly topicId: string
  readonly topic: string
  /** `deleting`: it is gone for all who ask; its files may be there still. */
  readonly state: 'active' | 'deleting'
  /** With the number of partitions that there are now. */
  readonly config: ResolvedTopicConfig
}

/** The files of a deleted topic are gone as well. */
export interface TopicRemovedRecord {
  readonly type: 'topicRemoved'
  readonly topicId: string
}

/** There is one record of it: no producer has been given this id yet, nor any after it (D-10). */
export interface ProducerIdsRecord {
  readonly type: 'producerIds'
  readonly nextProducerId: number
}

/** A group that has committed something, or had. */
export interface GroupRecord {
  readonly type: 'group'
  readonly groupId: string
  /** Since when it has neither a member nor a consumer that assigns, in milliseconds since 1970; `null`: it has. */
  readonly unusedSinceMs: number | null
}

export interface GroupRemovedRecord {
  readonly type: 'groupRemoved'
  readonly groupId: string
}

/** What a group has committed on a partition. */
export interface OffsetRecord extends TopicPartition {
  readonly type: 'offset'
  readonly groupId: string
  /** The next offset to read. */
  readonly offset: number
  /** What its consumer wrote beside the commit; `''`: nothing. */
  readonly metadata: string
  readonly commitTimestampMs: number
}

export interface OffsetRemovedRecord extends TopicPartition {
  readonly type: 'offsetRemoved'
  readonly groupId: string
}

/** The latest record of each key, as they were when the directory was opened. */
export interface MetadataSnapshot {
  readonly topics: readonly TopicRecord[]
  readonly groups: readonly GroupRecord[]
  readonly offsets: readonly OffsetRecord[]
  readonly nextProducerId: number
}
