import type { BrokerMetrics, ClientReport } from '@ringlog/core/internal'
import { threadId } from 'node:worker_threads'

/** Of what brokers count, and their clients do not know. */
const NOTHING_COUNTED = {
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

/** What a client of a cluster can tell: its own producers and consumers; brokers' metrics are the cluster's to tell. */
export function clientMetrics(reports: readonly ClientReport[], uptimeMs: number): BrokerMetrics {
  return {
    ...NOTHING_COUNTED,
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
