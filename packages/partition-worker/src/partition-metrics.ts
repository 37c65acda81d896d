import type { LogTotals, PartitionGauges } from '@ringlog/core/internal'

/** What a partition worker tells of itself. */
export type PartitionWorkerMetrics = LogTotals & PartitionGauges

/** The part of it that the log knows; the rest is of its connections. */
export type PartitionLogMetrics = Omit<
  PartitionWorkerMetrics,
  'failedProduceRequestsTotal' | 'producerCount' | 'readerCount'
>
