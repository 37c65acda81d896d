import { RinglogError, type EngineCallOptions, type TopicPartition } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { errorAbout } from '../connection/cluster-errors.ts'
import { retryDelay } from '../retrying.ts'
import type { CoordinatorOptions } from './coordinators.ts'
import { offsetCommitApis } from './offset-commit-api.ts'
import { GROUP_ID_NOT_FOUND, UNSTABLE_OFFSET_COMMIT } from '../connection/error-numbers.ts'

/** What a group has committed on a partition. */
export interface GroupOffset extends TopicPartition {
  readonly offset: number
  readonly metadata: string
  /** Of the record before the offset; -1: not known. */
  readonly leaderEpoch: number
}

/** Who commits: a member as its coordinator knows it. */
export interface CommittingMember {
  readonly memberId: string
  /** Its epoch, or its generation; -1: it is no member. */
  readonly epoch: number
  readonly instanceId: string | null
}

/** A consumer that assigns partitions to itself. */
export const NO_MEMBER: CommittingMember = { memberId: '', epoch: -1, instanceId: null }

/**
 * What a group has committed; partitions without a commit are left out.
 *
 * @param partitions `null`: all of the group's.
 * @throws RinglogError GROUP_AUTHORIZATION_FAILED, REQUEST_TIMED_OUT; UNSTABLE_OFFSET_COMMIT where transactions are
 *   pending until the deadline.
 */
export async function fetchOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
  options: EngineCallOptions = {},
): Promise<GroupOffset[]> {
  const { clock, config, coordinators, kafka } = cluster
  const deadlineMs = options.deadlineMs ?? clock.nowMs() + config.requestTimeoutMs
  const apis = versionsOf(kafka, kafka.offsetFetchV9.api, 'offsetFetch', 1)
  const topics =
    partitions &&
    [...byTopic(partitions)].map(([name, of]) => ({
      name,
      partitionIndexes: of.map(({ partition }) => partition),
    }))
  const subject = `the offsets of group ${groupId}`
  const group = { groupId, memberId: null, memberEpoch: -1, topics }
  for (;;) {
    const answer = await coordinators.request(groupId, apis, [[group], true], {
      ...options,
      deadlineMs,
    })
    const [found] = answer.groups
    if (found === undefined || found.errorCode === GROUP_ID_NOT_FOUND) return []
    if (found.errorCode !== 0) throw errorAbout(subject, found.errorCode, null, { groupId })
    const parts = found.topics.flatMap(({ name, partitions: of }) =>
      of.map((p) => ({ topic: name, ...p })),
    )
    const refused = parts.find(({ errorCode }) => errorCode !== 0)
    if (refused === undefined) {
      return parts
        .filter(({ committedOffset }) => committedOffset >= 0n)
        .map(({ topic, partitionIndex, committedOffset, committedLeaderEpoch, metadata }) => ({
          topic,
          partition: partitionIndex,
          offset: Number(committedOffset),
          metadata: metadata ?? '',
          leaderEpoch: committedLeaderEpoch,
        }))
    }
    const error = errorAbout(subject, refused.errorCode, null, {
      groupId,
      topic: refused.topic,
      partition: refused.partitionIndex,
    })
    if (refused.errorCode !== UNSTABLE_OFFSET_COMMIT) throw error
    await retryDelay(cluster, deadlineMs, options.signal, error)
  }
}

/** An offset to commit. */
export interface OffsetCommit extends TopicPartition {
  /** Of the topic that was read: a commit counts for no other of its name. `''`: not known. */
  readonly topicId?: string
  readonly offset: number
  readonly metadata?: string | undefined
  /** Of the record before the offset; without it, or -1: not known. */
  readonly leaderEpoch?: number
}

/**
 * Commits; returns the error numbers of the partitions, in their order: 0 for those that are accepted.
 *
 * @param member `null`: none, the group is not in use or its consumers assign partitions to themselves.
 * @throws RinglogError REQUEST_TIMED_OUT, GROUP_AUTHORIZATION_FAILED.
 */
export async function commitOffsets(
  cluster: Cluster,
  groupId: string,
  member: CommittingMember | null,
  offsets: readonly OffsetCommit[],
  options: CoordinatorOptions = {},
): Promise<number[]> {
  const { coordinators, kafka } = cluster
  const { memberId, epoch, instanceId } = member ?? NO_MEMBER
  const apis = offsetCommitApis(
    kafka,
    offsets.every(({ topicId = '' }) => topicId !== ''),
  )
  const sorted = Map.groupBy(offsets, ({ topic, topicId = '' }) => `${topic} ${topicId}`)
  const topics = [...sorted.values()].map((of) => ({
    name: of[0]!.topic,
    topicId: of[0]!.topicId ?? '',
    partitions: of.map(({ partition, offset, metadata = '', leaderEpoch = -1 }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    })),
  }))
  const answer = await coordinators.request(
    groupId,
    apis,
    [groupId, epoch, memberId, instanceId, topics],
    options,
  )
  return offsets.map(({ topic, topicId, partition }) => {
    const of = answer.topics.find(({ name }) => name === topic || name === topicId)?.partitions
    const found = of?.find(({ partitionIndex }) => partitionIndex === partition)
    if (found !== undefined) return found.errorCode
    throw new RinglogError(
      'UNKNOWN_SERVER_ERROR',
      `a coordinator did not answer for ${topic}-${partition}`,
    )
  })
}

function byTopic<P extends TopicPartition>(partitions: readonly P[]): Map<string, P[]> {
  return Map.groupBy(partitions, ({ topic }) => topic)
}
