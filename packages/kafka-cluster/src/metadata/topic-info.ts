/** A partition as the cluster tells of it. */
export interface PartitionInfo {
  readonly partition: number
  /** The broker that leads it; -1: none does now. */
  readonly leader: number
  /** Rises with every election; -1: an old broker does not tell. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

/** A topic as the cluster tells of it. */
export interface TopicInfo {
  readonly topic: string
  /** Tells it from topics that had its name before; `''`: an old broker does not tell. */
  readonly topicId: string
  readonly isInternal: boolean
  /** By number. */
  readonly partitions: readonly PartitionInfo[]
}

/** Who leads a partition. */
export interface Leader {
  readonly nodeId: number
  readonly leaderEpoch: number
}
