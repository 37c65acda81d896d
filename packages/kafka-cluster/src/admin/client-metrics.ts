import { NO_TOTALS, type BrokerMetrics, type ClientReport } from '@ringlog/core/internal'
import { threadId } from 'node:worker_threads'

/** What a client of a cluster can tell: its own producers and consumers; brokers' metrics are the cluster's to tell. */
export function clientMetrics(reports: readonly ClientReport[], uptimeMs: number): BrokerMetrics {
  return {
    ...NO_TOTALS,
    uptimeMs,
    threadCount: 0,
    clientCount: 1,
    silentClientCount: 0,
    globalTopicCount: 0,
    globalPartitionCount: 0,
    offlinePartitionsCount: 0,
    dataDirectory: null,
    topics: [],
    groups: [],
    clients: reports.map((report) => ({ ...report, threadId, ageMs: 0 })),
  }
}
