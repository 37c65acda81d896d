import {
  partitionKey,
  startOffsetOf,
  type EngineCallOptions,
  type FetchOptions,
  type OpenPartition,
  type PartitionStart,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { fetchOffsets } from '../group/offsets.ts'
import type { ClusterPartitionCommits, ConsumerCommits } from './consumer-commits.ts'
import type { ConsumerFetches } from './consumer-fetches.ts'
import { FetchedLog } from './fetched-log.ts'
import { followPartition, type Following } from '../follower/follow-partition.ts'
import { findTopics } from './find-topics.ts'
import { findOffsets, listOffsets } from './list-offsets.ts'

/** A partition of a cluster that a consumer has open. */
export interface OpenClusterPartition extends OpenPartition {
  readonly commits: ClusterPartitionCommits | null
}

/** What partitions are opened with. */
export interface OpeningParts {
  readonly cluster: Cluster
  readonly fetches: ConsumerFetches
  readonly fetch: FetchOptions
  /** `null`: the consumer has no group. */
  readonly group: { readonly groupId: string; readonly commits: ConsumerCommits } | null
  /** `null`: the consumer fetches for itself. */
  readonly following: Following | null
}

/** Fixes where partitions are read from: what the group has committed, or where a start says. */
export async function openClusterPartitions(
  { cluster, fetches, fetch, group, following }: OpeningParts,
  partitions: readonly PartitionStart[],
  options: EngineCallOptions & { readonly deadlineMs: number },
): Promise<OpenClusterPartition[]> {
  if (partitions.length === 0) return []
  const topics = await findTopics(cluster, partitions, options)
  const { isolationLevel } = fetch
  const [starts, ends, offsets] = await Promise.all([
    listOffsets(cluster, partitions, 'earliest', options),
    listOffsets(cluster, partitions, 'latest', { ...options, isolationLevel }),
    group === null ? [] : fetchOffsets(cluster, group.groupId, partitions, options),
  ])
  const committed = new Map(offsets.map((one) => [partitionKey(one), one]))
  const opened = partitions.map(async ({ topic, partition, start }, i) => {
    const at = { topic, partition }
    const { topicId } = topics.get(topic)!
    const bounds = { logStartOffset: starts[i]!, endOffset: ends[i]! }
    const own: FetchedLog = new FetchedLog(at, bounds, {
      memory: fetches.memory,
      onWanted: () => fetches.schedule(),
      onClose: () => fetches.remove(own),
      findByTimestamp: async (timestamp) =>
        (await findOffsets(cluster, [at], { timestamp }))[0] ?? null,
    })
    fetches.add(own, topicId)
    const place = committed.get(partitionKey(at))
    if (place !== undefined) own.startFrom(place)
    const offset = place?.offset ?? null
    const onDeleted = (): void => own.setDeleted()
    const startOffset = offset ?? startOffsetOf(start, bounds)
    const followed =
      following === null
        ? null
        : await followPartition(
            following,
            own,
            { ...at, topicId, isolationLevel },
            { offset: startOffset, leaderEpoch: place?.leaderEpoch ?? -1 },
          )
    return {
      ...at,
      reader: followed ?? own,
      isRemote: true,
      startOffset,
      get heldOffset() {
        return followed?.heldOffset ?? null
      },
      commits: group?.commits.on(own, offset, { topicId, onDeleted }) ?? null,
      release: (released: number) => followed?.release(released),
      isOffline: () => own.isDeleted,
      isDeleted: () => own.isDeleted,
    }
  })
  return Promise.all(opened)
}
