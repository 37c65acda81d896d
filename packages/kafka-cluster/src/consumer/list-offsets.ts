import {
  partitionName,
  type EngineCallOptions,
  type ListOffsetsOptions,
  type ListedOffset,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { errorAbout, isOfLostBroker } from '../connection/cluster-errors.ts'
import { OTHER_LEADER } from './fetch-error-kind.ts'
import { findTopics } from './find-topics.ts'
import { retryDelay } from '../retrying.ts'

/** An offset that was looked up. */
export interface FoundOffset {
  readonly offset: number
  /** Of the record, where a time was asked for; else -1. */
  readonly timestamp: number
}

/**
 * Looks offsets up at the leaders, in the order asked for; `null`: no record is so new.
 *
 * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, REQUEST_TIMED_OUT, TOPIC_AUTHORIZATION_FAILED.
 */
export async function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  at: ListedOffset,
  options: ListOffsetsOptions = {},
): Promise<Array<number | null>> {
  const found = await findOffsets(cluster, partitions, at, options)
  return found.map((one) => one?.offset ?? null)
}

/** As `listOffsets`, with the times of the records. */
export async function findOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  at: ListedOffset,
  options: ListOffsetsOptions = {},
): Promise<Array<FoundOffset | null>> {
  const { clock, config } = cluster
  const deadlineMs = options.deadlineMs ?? clock.nowMs() + config.requestTimeoutMs
  const call = { deadlineMs, signal: options.signal }
  const found = partitions.map((): FoundOffset | null => null)
  let left = partitions.map((_, index) => index)
  while (left.length > 0) {
    const byLeader = await groupByLeader(cluster, partitions, left, call)
    const isolationLevel = options.isolationLevel === 'read_committed' ? 1 : 0
    const refused = await Promise.all(
      [...byLeader].map(([nodeId, indexes]) =>
        askLeader(cluster, nodeId, { partitions, indexes, at, isolationLevel, found }, call),
      ),
    )
    left = refused.flat()
    if (left.length === 0) break
    const refusedOn = left.map((index) => partitions[index]!)
    for (const { topic } of refusedOn) cluster.metadata.markStale(topic)
    await retryDelay(cluster, deadlineMs, options.signal)
    // The topic may be gone: then nobody leads its partitions, however long that is waited for.
    await findTopics(cluster, refusedOn, { ...call, isFresh: true })
  }
  return found
}

async function groupByLeader(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  indexes: readonly number[],
  options: EngineCallOptions,
): Promise<Map<number, number[]>> {
  const byLeader = new Map<number, number[]>()
  const leaders = await Promise.all(
    indexes.map((index) => {
      const { topic, partition } = partitions[index]!
      return cluster.metadata.leader(topic, partition, options)
    }),
  )
  for (const [n, { nodeId }] of leaders.entries()) {
    const of = byLeader.get(nodeId)
    if (of === undefined) byLeader.set(nodeId, [indexes[n]!])
    else of.push(indexes[n]!)
  }
  return byLeader
}

/** Asks one leader; returns the indexes that it does not lead (any more). */
async function askLeader(
  cluster: Cluster,
  nodeId: number,
  { partitions, indexes, at, isolationLevel, found }: LeaderQuestion,
  options: EngineCallOptions,
): Promise<number[]> {
  const { kafka, connections } = cluster
  const timestamp = timestampOf(at)
  const topics = new Map<
    string,
    Array<{ partitionIndex: number; currentLeaderEpoch: number; timestamp: bigint }>
  >()
  for (const index of indexes) {
    const { topic, partition } = partitions[index]!
    const asked = topics.get(topic) ?? []
    topics.set(topic, asked)
    const isAsked = asked.some(({ partitionIndex }) => partitionIndex === partition)
    if (!isAsked) asked.push({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp })
  }
  const apis = versionsOf(kafka, kafka.listOffsetsV9.api, 'listOffsets', 1)
  const request = [...topics].map(([name, asked]) => ({ name, partitions: asked }))
  let answer
  try {
    const call = { ...options, takesErrors: true }
    answer = await connections.request(nodeId, apis, [CONSUMER, isolationLevel, request], call)
  } catch (error) {
    if (isOfLostBroker(error)) return [...indexes]
    throw error
  }
  const refused: number[] = []
  for (const index of indexes) {
    const { topic, partition } = partitions[index]!
    const of = answer.topics
      .find(({ name }) => name === topic)
      ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
    if (of === undefined || OTHER_LEADER.has(of.errorCode)) refused.push(index)
    else if (of.errorCode !== 0)
      throw errorAbout(`offsets of ${partitionName(topic, partition)}`, of.errorCode, null, {
        topic,
        partition,
      })
    else if (of.offset >= 0n) {
      found[index] = { offset: Number(of.offset), timestamp: Number(of.timestamp) }
    }
  }
  return refused
}

interface LeaderQuestion {
  readonly partitions: readonly TopicPartition[]
  readonly indexes: readonly number[]
  readonly at: ListedOffset
  readonly isolationLevel: 0 | 1
  readonly found: Array<FoundOffset | null>
}

const CONSUMER = -1
const EARLIEST = -2n
const LATEST = -1n

function timestampOf(at: ListedOffset): bigint {
  if (at === 'earliest') return EARLIEST
  return at === 'latest' ? LATEST : BigInt(at.timestamp)
}
