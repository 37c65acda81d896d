/** How a consumer fetches from a log that lives elsewhere; one of this process is read as it is. */
export interface FetchOptions {
  /** The most bytes that are fetched and not read yet, over all partitions. */
  readonly maxBytes: number
  /** The most bytes of one partition in one answer, but always a whole batch. */
  readonly maxPartitionBytes: number
  readonly isolationLevel: IsolationLevel
}

/** Whether records of transactions that are not committed, or were aborted, are read. */
export type IsolationLevel = 'read_committed' | 'read_uncommitted'
