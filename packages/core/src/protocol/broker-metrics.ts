import type { TopicPartition } from '../topic-partition.ts'
import type { ClientMetrics } from './client-metrics.ts'
import type { SlowestHolder } from './diagnostics.ts'
import type { GroupState } from './group.ts'
import type { PartitionState } from './topic.ts'

/**
 * What logs count, each since its partition was made. Where Kafka counts the same, the name is that of its
 * broker's metric (`MessagesInPerSec`, …), as a total.
 */
export interface LogTotals {
  /** Records appended. */
  readonly messagesInTotal: number
  /** Bytes of the batches appended, headers included. */
  readonly bytesInTotal: number
  readonly batchesInTotal: number
  /** Appends that were answered with an error. */
  readonly failedProduceRequestsTotal: number
  /** Records evicted to make room before a consumer or group had released them. */
  readonly evictedRecordsTotal: number
  /** Those of them that no consumer had read, on topics other than `whenFull: "evict"`. */
  readonly evictedUnreadRecordsTotal: number
  /** Records evicted for their age: `retentionMs`. */
  readonly expiredRecordsTotal: number
  /** Records deleted by `deleteRecords`. */
  readonly deletedRecordsTotal: number
  /** How often appends began to wait for room. */
  readonly blockedTotal: number
  /** For how long appends waited for room. */
  readonly blockedMsTotal: number
}

/** Of what nobody has counted. */
export const NO_TOTALS: LogTotals = {
  messagesInTotal: 0,
  bytesInTotal: 0,
  batchesInTotal: 0,
  failedProduceRequestsTotal: 0,
  evictedRecordsTotal: 0,
  evictedUnreadRecordsTotal: 0,
  expiredRecordsTotal: 0,
  deletedRecordsTotal: 0,
  blockedTotal: 0,
  blockedMsTotal: 0,
}

/** How a partition is now. */
export interface PartitionGauges {
  readonly isBlocked: boolean
  /** Batches that wait for room. */
  readonly waitingAppends: number
  /** Who holds the ring while appends wait for room; `null`: none wait, or nobody holds it any more. */
  readonly holder: SlowestHolder | null
  /** Bytes of the ring that are in use. */
  readonly usedBytes: number
  /** Connections of producers. */
  readonly producerCount: number
  /** Consumers that are rung by appends. */
  readonly readerCount: number
  /** Consumers and groups that hold a full ring back. */
  readonly gateCount: number
}

/** Of a partition whose worker does not answer: its last answer; 0 where it has never answered. */
export interface PartitionMetrics extends LogTotals, PartitionGauges {
  readonly partition: number
  readonly state: PartitionState
  /** How often its worker was started again. */
  readonly restarts: number
  readonly logStartOffset: number
  /** Kafka's: the offset that the next record gets. */
  readonly endOffset: number
  readonly ringBytes: number
  /** `null`: the topic is in memory alone. */
  readonly disk: PartitionDiskMetrics | null
}

/** How the files of a partition are. */
export interface PartitionDiskMetrics {
  /** The offset after the last record in the files. */
  readonly writtenOffset: number
  /** Records before this one would survive the loss of power. */
  readonly flushedOffset: number
  /** Of all `.log` files. */
  readonly sizeBytes: number
  readonly segmentCount: number
  /** Syncs of the files, each of all that was written until it began: Kafka's `LogFlushRateAndTimeMs`, as totals. */
  readonly logFlushesTotal: number
  /** For how long those took, the wait for a sync thread included. */
  readonly logFlushMsTotal: number
  /**
   * - `"full"`: nothing is written for now; it is tried again every second.
   * - `"failed"`: nothing is written until the broker is started anew.
   */
  readonly state: 'writing' | 'full' | 'failed'
  /** `null`: it is not compacted. */
  readonly compaction: PartitionCompactionMetrics | null
}

/** How the compaction of a partition is, since its files were opened. */
export interface PartitionCompactionMetrics {
  /** The share of what can be compacted that is not yet, in bytes: 0 to 1. */
  readonly dirtyRatio: number
  /** How often it was compacted. */
  readonly roundCount: number
  /** Of the last time; `null`: there was none. */
  readonly lastRound: CompactionRound | null
  /** It is not compacted any more until the broker is started again: its files are damaged, or the cleaner died of it. */
  readonly isUncleanable: boolean
}

/** What a round of compaction has read, and what of it it has written again. */
export interface CompactionRound {
  readonly bytesRead: number
  readonly bytesWritten: number
  readonly recordsRead: number
  readonly recordsWritten: number
  readonly durationMs: number
}

/** How the file system of a data directory is. */
export interface DataDirectoryMetrics {
  /** What this process may still write. */
  readonly freeBytes: number
  /** What it holds when it is full. */
  readonly totalBytes: number
}

/** A topic's totals are those of its partitions. */
export interface TopicMetrics extends LogTotals {
  readonly topic: string
  readonly partitions: readonly PartitionMetrics[]
}

/** How far a group is on a partition: offsets are the next to read. */
export interface GroupPartitionMetrics extends TopicPartition {
  /** Of the consumer that has it now; `null`: none. */
  readonly clientId: string | null
  /** `null`: nothing is committed. */
  readonly committed: number | null
  /** `endOffset - (committed ?? logStartOffset)`. */
  readonly lag: number
}

/** How a group is, and what it has counted since it is there. */
export interface GroupMetrics {
  readonly groupId: string
  readonly state: GroupState
  /** Rises with every change that asks for a new assignment: members that come and go, topics. */
  readonly epoch: number
  readonly memberCount: number
  /** Rebalances that are over: see `RebalanceEvent`. Changes that come during one are part of it. */
  readonly rebalancesTotal: number
  /** For how long they took in all. */
  readonly rebalanceMsTotal: number
  /** By topic and partition: all that the group has offsets on. */
  readonly partitions: readonly GroupPartitionMetrics[]
}

/** What `metrics()` of a broker tells; its totals are those of the topics that there are. */
export interface BrokerMetrics extends LogTotals {
  readonly uptimeMs: number
  /**
   * The controller, the workers of partitions, and those for the disk that were needed yet: the storage thread, sync threads
   * and the cleaner; 0 of an in-memory log.
   */
  readonly threadCount: number
  /** The broker's own, and those that `connect` made. */
  readonly clientCount: number
  /** Those of them whose thread did not answer, because its event loop does not turn: see `ClientMetrics.ageMs`. */
  readonly silentClientCount: number
  readonly globalTopicCount: number
  readonly globalPartitionCount: number
  readonly offlinePartitionsCount: number
  /** `null`: there is none, or its disk does not answer. */
  readonly dataDirectory: DataDirectoryMetrics | null
  readonly topics: readonly TopicMetrics[]
  /** By id: all groups that have members or offsets. */
  readonly groups: readonly GroupMetrics[]
  /**
   * The producers and consumers of all threads, as each thread tells of its own; one that cannot answer within
   * half a second, because its event loop does not turn, as it told last.
   */
  readonly clients: readonly ClientMetrics[]
}
