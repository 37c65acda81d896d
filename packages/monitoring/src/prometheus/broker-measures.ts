import type { DataDirectoryMetrics } from '@ringlog/core'
import type {
  BrokerMetrics,
  PartitionDiskMetrics,
  PartitionMetrics,
  SlowestHolder,
} from '@ringlog/core/internal'
import { counters, gauges, seconds, type Measure } from './measure.ts'

const OF_PARTITION = ['topic', 'partition']

/** Of the broker; without labels. */
export const BROKER: ReadonlyArray<Measure<BrokerMetrics>> = gauges([], 'sum', [
  ['uptime_seconds', 'Since the broker was started.', (b) => seconds(b.uptimeMs)],
  [
    'threads',
    'The controller, the workers of partitions, and those for the disk.',
    (b) => b.threadCount,
  ],
  ['clients', "The broker's own client, and those that connect() made.", (b) => b.clientCount],
  [
    'silent_clients',
    'Clients whose thread did not answer: their metrics are old.',
    (b) => b.silentClientCount,
  ],
  ['topics', 'Topics.', (b) => b.globalTopicCount],
  ['partitions', 'Partitions of all topics.', (b) => b.globalPartitionCount],
  [
    'offline_partitions',
    'Partitions whose worker died too often: restartPartition() brings them back.',
    (b) => b.offlinePartitionsCount,
  ],
])

/** Of the file system of a data directory; without labels. */
export const DATA_DIRECTORY: ReadonlyArray<Measure<DataDirectoryMetrics>> = gauges([], 'sum', [
  [
    'data_directory_free_bytes',
    'What may still be written to the file system of the data directory.',
    (d) => d.freeBytes,
  ],
  [
    'data_directory_total_bytes',
    'What the file system of the data directory holds when it is full.',
    (d) => d.totalBytes,
  ],
])

/** Of a partition, by `topic` and `partition`. */
export const PARTITION: ReadonlyArray<Measure<PartitionMetrics>> = [
  ...counters<PartitionMetrics>(OF_PARTITION, [
    ['partition_restarts', 'How often the worker was started again.', (p) => p.restarts],
    ['partition_appended_records', 'Records appended.', (p) => p.messagesInTotal],
    ['partition_appended_bytes', 'Bytes of the batches appended.', (p) => p.bytesInTotal],
    ['partition_appended_batches', 'Batches appended.', (p) => p.batchesInTotal],
    [
      'partition_failed_appends',
      'Appends that were answered with an error.',
      (p) => p.failedProduceRequestsTotal,
    ],
    [
      'partition_evicted_records',
      'Records evicted to make room before anyone had released them.',
      (p) => p.evictedRecordsTotal,
    ],
    [
      'partition_evicted_unread_records',
      'Those that nobody had read, on topics that block or reject.',
      (p) => p.evictedUnreadRecordsTotal,
    ],
    ['partition_expired_records', 'Records older than retentionMs.', (p) => p.expiredRecordsTotal],
    [
      'partition_deleted_records',
      'Records deleted by deleteRecords.',
      (p) => p.deletedRecordsTotal,
    ],
    ['partition_blocks', 'How often appends began to wait for room.', (p) => p.blockedTotal],
    [
      'partition_blocked_seconds',
      'For how long appends waited for room.',
      (p) => seconds(p.blockedMsTotal),
    ],
  ]),
  ...gauges<PartitionMetrics>(OF_PARTITION, 'sum', [
    ['partition_online', 'Whether its worker runs: 1 or 0.', (p) => Number(p.state === 'online')],
    ['partition_blocked', 'Whether appends wait for room: 1 or 0.', (p) => Number(p.isBlocked)],
    ['partition_waiting_appends', 'Batches that wait for room.', (p) => p.waitingAppends],
    ['partition_log_start_offset', 'The first offset in the log.', (p) => p.logStartOffset],
    ['partition_end_offset', 'The offset that the next record gets.', (p) => p.endOffset],
    ['partition_used_bytes', 'Bytes of the ring that are in use.', (p) => p.usedBytes],
    ['partition_ring_bytes', 'The size of the ring.', (p) => p.ringBytes],
    ['partition_producers', 'Connections of producers.', (p) => p.producerCount],
    ['partition_readers', 'Consumers that are rung by appends.', (p) => p.readerCount],
    ['partition_gates', 'Consumers and groups that hold a full ring back.', (p) => p.gateCount],
  ]),
]

/** Of a partition's files, by `topic` and `partition`; of partitions on disk. */
export const PARTITION_DISK: ReadonlyArray<Measure<PartitionDiskMetrics>> = [
  ...counters<PartitionDiskMetrics>(OF_PARTITION, [
    ['partition_log_flushes', 'Syncs of the files.', (d) => d.logFlushesTotal],
    [
      'partition_log_flush_seconds',
      'For how long they took, the wait for a sync thread included.',
      (d) => seconds(d.logFlushMsTotal),
    ],
  ]),
  ...gauges<PartitionDiskMetrics>(OF_PARTITION, 'sum', [
    ['partition_written_offset', 'Records before this are in the files.', (d) => d.writtenOffset],
    ['partition_flushed_offset', 'Records before this are synced.', (d) => d.flushedOffset],
    ['partition_log_bytes', 'The size of the log files.', (d) => d.sizeBytes],
    ['partition_segments', 'Segments of the log.', (d) => d.segmentCount],
    [
      'partition_disk_writing',
      'Whether the disk takes what is appended: 0 where it is full, or has failed.',
      (d) => Number(d.state === 'writing'),
    ],
    [
      'partition_dirty_ratio',
      'The share of what can be compacted that is not yet: 0 to 1.',
      (d) => d.compaction?.dirtyRatio ?? 0,
    ],
    [
      'partition_uncleanable',
      'Whether its compaction was given up: 1 or 0.',
      (d) => Number(d.compaction?.isUncleanable ?? false),
    ],
  ]),
]

/** Who holds a full ring, while appends wait for it: by `topic`, `partition`, `group` and `client_id`. */
export const HOLDER: ReadonlyArray<Measure<SlowestHolder>> = gauges(
  [...OF_PARTITION, 'group', 'client_id'],
  'max',
  [['partition_blocked_by', 'Who holds the ring that appends wait for: 1.', () => 1]],
)
