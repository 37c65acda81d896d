import type { TopicPartition } from '@ringlog/core/internal'

/** A consumer, as its client describes it. */
export interface ConsumerDescription {
  readonly consumerId: string
  readonly clientId: string
  readonly doorbell: SharedArrayBuffer
  readonly isGating: boolean
  /** The group that it commits for; `null`: none. */
  readonly groupId: string | null
}

/** Where the log of a partition is. */
export interface LogPlace {
  /** Its ring. */
  readonly memory: SharedArrayBuffer
  /** The folder of its files; `null`: it has none. */
  readonly directory: string | null
}

/** What a consumer needs to read a partition without further calls. */
export interface OpenPartitionMemory extends TopicPartition, LogPlace {
  readonly workerDoorbell: SharedArrayBuffer
  /** See `OfflineError`. */
  readonly offlineError: SharedArrayBuffer
  readonly startOffset: number
  /** The memory of the consumer's gate; `null`: it holds nothing back. */
  readonly gate: SharedArrayBuffer | null
  /** The memory of its group's gate, which is this consumer's to commit to; `null`: no group. */
  readonly grant: SharedArrayBuffer | null
}
