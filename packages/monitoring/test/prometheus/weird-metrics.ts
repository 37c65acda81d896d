import type { BrokerMetrics, LogClient, PartitionMetrics } from '@ringlog/core'

const TOTALS = {
  messagesInTotal: 1,
  bytesInTotal: 2,
  batchesInTotal: 3,
  failedProduceRequestsTotal: 4,
  evictedRecordsTotal: 5,
  evictedUnreadRecordsTotal: 6,
  expiredRecordsTotal: 7,
  deletedRecordsTotal: 8,
  blockedTotal: 9,
  blockedMsTotal: 10,
}

/** A partition that is held by somebody of any name. */
function partitionOf(groupId: string | null, clientId: string): PartitionMetrics {
  return {
    ...TOTALS,
    partition: 0,
    state: 'online',
    restarts: 11,
    logStartOffset: 12,
    endOffset: 13,
    ringBytes: 14,
    isBlocked: true,
    waitingAppends: 15,
    holder: { groupId, consumerId: 'c', clientId, offset: 0, hasLiveMembers: true },
    usedBytes: 16,
    producerCount: 17,
    readerCount: 18,
    gateCount: 19,
    disk: null,
  }
}

/** A client of a broker whose topics, groups and clients have these names. */
export function clientOf(topics: string[], groups: string[], clientIds: string[]): LogClient {
  const [groupId = null] = groups
  const [clientId = 'c'] = clientIds
  const metrics: BrokerMetrics = {
    ...TOTALS,
    uptimeMs: 1500,
    threadCount: 1,
    clientCount: 1,
    silentClientCount: 0,
    globalTopicCount: topics.length,
    globalPartitionCount: topics.length,
    offlinePartitionsCount: 0,
    dataDirectory: { freeBytes: 5, totalBytes: 6 },
    topics: topics.map((topic) => {
      return { ...TOTALS, topic, partitions: [partitionOf(groupId, clientId)] }
    }),
    groups: groups.map((id) => ({
      groupId: id,
      state: 'stable',
      epoch: 1,
      memberCount: 1,
      rebalancesTotal: 2,
      rebalanceMsTotal: 3,
      partitions: topics.map((topic) => {
        return { topic, partition: 0, clientId, committed: null, lag: 4 }
      }),
    })),
    clients: clientIds.map((id) => ({
      kind: 'handler',
      clientId: id,
      groupId: groupId ?? 'g',
      threadId: 1,
      ageMs: 250,
      metrics: {
        handledRecords: 1,
        failedAttempts: 2,
        deadLetteredRecords: 3,
        pendingRecords: 4,
        waitingRetries: 5,
      },
    })),
  }
  return { metrics: async () => metrics } as unknown as LogClient
}
