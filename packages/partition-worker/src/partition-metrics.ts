import type { LogTotals, PartitionGauges } from '@ringlog/core/internal/partition-thread'

/** What a partition worker has counted. */
export type PartitionWorkerMetrics = LogTotals & PartitionGauges

/** The part that its log counts; the rest is of its connections. */
export type PartitionLogMetrics = Omit<PartitionWorkerMetrics, 'producerCount' | 'readerCount'>
