import type { GroupDescription, LogClient, SlowestHolder } from '@ringlog/core'
import { partitionKey } from '@ringlog/core/internal'

/** Where a group stands on a partition; offsets of records, -1: none. */
export interface GroupSnapshot {
  readonly groupId: string
  /** Who has the partition; `null`: nobody. */
  readonly memberId: string | null
  readonly clientId: string | null
  readonly currentOffset: number
  readonly committedOffset: number
  readonly lag: number
}

export interface PartitionSnapshot {
  readonly topic: string
  readonly partition: number
  readonly isOnline: boolean
  readonly restarts: number
  readonly logStartOffset: number
  /** The next offset. */
  readonly endOffset: number
  readonly usedBytes: number
  readonly ringBytes: number
  readonly messagesInTotal: number
  readonly waitingAppends: number
  readonly holder: SlowestHolder | null
  readonly groups: readonly GroupSnapshot[]
}

/** What the page shows of one moment. */
export interface Snapshot {
  readonly atMs: number
  readonly partitions: readonly PartitionSnapshot[]
  readonly groups: ReadonlyArray<{
    readonly groupId: string
    readonly state: string
    readonly rebalancesTotal: number
    readonly memberCount: number
  }>
}

/** One call of `metrics()`, and one of `describeGroup` for each group. */
export async function takeSnapshot(client: LogClient): Promise<Snapshot> {
  const { topics, groups } = await client.metrics()
  const described = await Promise.allSettled(
    groups.map(({ groupId }) => client.describeGroup(groupId)),
  )
  // A group that was deleted meanwhile is left out.
  const shares = described.flatMap((one) => (one.status === 'fulfilled' ? sharesOf(one.value) : []))
  const sharesByPartition = Map.groupBy(shares, ({ key }) => key)
  return {
    atMs: performance.now(),
    partitions: topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, state, ...own }) => ({
        topic,
        partition,
        isOnline: state === 'online',
        restarts: own.restarts,
        logStartOffset: own.logStartOffset,
        endOffset: own.endOffset,
        usedBytes: own.usedBytes,
        ringBytes: own.ringBytes,
        messagesInTotal: own.messagesInTotal,
        waitingAppends: own.waitingAppends,
        holder: own.holder,
        groups: (sharesByPartition.get(partitionKey({ topic, partition })) ?? []).map(
          ({ group }) => group,
        ),
      })),
    ),
    groups: groups.map(({ groupId, state, rebalancesTotal, memberCount }) => ({
      groupId,
      state,
      rebalancesTotal,
      memberCount,
    })),
  }
}

/** Where a group stands, by the key of each partition that it reads. */
function sharesOf({
  groupId,
  partitions,
}: GroupDescription): Array<{ key: string; group: GroupSnapshot }> {
  return partitions.map(({ topic, partition, memberId, clientId, position, committed, lag }) => ({
    key: partitionKey({ topic, partition }),
    group: {
      groupId,
      memberId,
      clientId,
      currentOffset: (position ?? 0) - 1,
      committedOffset: (committed ?? 0) - 1,
      lag,
    },
  }))
}
