/** `READ_UNCOMMITTED` and `READ_COMMITTED`, by number. */
export type IsolationLevel = 0 | 1

/** What is asked of one leader. */
export interface FetchQuestion {
  /** How long the broker waits for `minBytes`. */
  readonly maxWaitMs: number
  readonly minBytes: number
  /** Of the whole answer; the first batch comes whatever its size. */
  readonly maxBytes: number
  readonly isolationLevel: IsolationLevel
  readonly topics: readonly FetchTopic[]
}

export interface FetchTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly FetchPartition[]
}

export interface FetchPartition {
  readonly partition: number
  /** -1: not known. */
  readonly leaderEpoch: number
  readonly offset: number
  /** The leader epoch of the batch before `offset`; -1: not known. */
  readonly lastFetchedEpoch: number
  readonly maxBytes: number
}
