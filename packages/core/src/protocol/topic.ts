import type { ResolvedTopicConfig } from './topic-config.ts'

/** What a producer must know of a topic. */
export interface TopicMetadata {
  readonly topic: string
  readonly partitions: PartitionCount
  readonly maxMessageBytes: number
}

/** How many partitions a topic has. Its engine keeps it up to date: it can be read for every record. */
export interface PartitionCount {
  /**
   * Now, but for a change that the thread learns of as its event loop turns; -1 once the topic is
   * deleted. A topic of the same name that is made later has a count of its own.
   */
  readonly current: number
  /** Whether the topic is deleted: seen at once. */
  readonly isDeleted: boolean
}

/** The state of a partition: whether its worker runs. */
export type PartitionState = 'online' | 'offline'

/** One partition of a topic, as `describeTopic` tells it. */
export interface PartitionDescription {
  readonly partition: number
  readonly state: PartitionState
}

/** What `describeTopic` tells. */
export interface TopicDescription {
  readonly name: string
  /** Kafka's: tells it from topics that had its name before. */
  readonly topicId: string
  readonly partitions: readonly PartitionDescription[]
  readonly config: ResolvedTopicConfig
}

/** Where a partition stands, in the article's words and in Kafka's. */
export interface PartitionOffsets {
  partition: number
  /** The article's: the offset of the last record written; -1: none. */
  logEndOffset: number
  /** The article's: the last record handed to the group; -1: none. */
  currentOffset: number
  /** The article's: the last record that the group has marked as consumed; -1: none. */
  committedOffset: number
  /** Kafka's: the first offset in the log. */
  logStartOffset: number
  /** Kafka's: the offset that the next record gets. */
  endOffset: number
  /** Kafka's: the next offset that the group reads; `null`: none. */
  position: number | null
  /** Kafka's: the committed offset, the next to read; `null`: none. */
  committed: number | null
  /** `endOffset - (committed ?? logStartOffset)`. */
  lag: number
}
