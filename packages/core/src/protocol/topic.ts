import type { ResolvedTopicConfig } from './topic-config.ts'

/** What a producer must know of a topic. */
export interface TopicMetadata {
  readonly topic: string
  readonly partitionCount: number
  /** The same, kept up to date: see `PartitionCountWord`. */
  readonly partitionCountWord: SharedArrayBuffer
  readonly maxMessageBytes: number
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
