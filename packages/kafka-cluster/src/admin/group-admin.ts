import {
  RinglogError,
  assertGroupId,
  checkReset,
  partitionKey,
  resetOffset,
  type EngineCallOptions,
  type GroupDescription,
  type GroupPartitionDescription,
  type ResetTarget,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { errorAbout } from '../connection/cluster-errors.ts'
import { findTopics } from '../consumer/find-topics.ts'
import { findOffsets, listOffsets } from '../consumer/list-offsets.ts'
import { commitOffsets, fetchOffsets, type GroupOffset } from '../group/offsets.ts'
import { describeMembers } from './describe-members.ts'
import { UNKNOWN_MEMBER_ID } from '../connection/error-numbers.ts'
import { retrying } from '../retrying.ts'

/** The calls of a client that manage the groups of its cluster. */
export class GroupAdmin {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async list(): Promise<string[]> {
    const { kafka, connections, metadata } = this.#cluster
    const options = this.#cluster.apiDeadline()
    const apis = versionsOf(kafka, kafka.listGroupsV5.api, 'listGroups', 0)
    // Each broker tells of those that it coordinates: one that is gone is asked until the cluster has it no more.
    return retrying(this.#cluster, options.deadlineMs, async () => {
      await metadata.connect(options)
      const answers = await Promise.all(
        connections.nodeIds().map((nodeId) => connections.request(nodeId, apis, [[], []], options)),
      )
      const groups = answers.flatMap((answer) => answer.groups)
      return [...new Set(groups.map(({ groupId }) => groupId))].sort()
    })
  }

  async describe(groupId: string): Promise<GroupDescription> {
    assertGroupId(groupId)
    const options = this.#cluster.apiDeadline()
    const { state, epoch, assignor, members } = await describeMembers(
      this.#cluster,
      groupId,
      options,
    )
    const committed = await fetchOffsets(this.#cluster, groupId, null, options)
    const owners = new Map(
      members.flatMap((member) =>
        member.assignment.map((p) => [partitionKey(p), { member, at: p }] as const),
      ),
    )
    const places = new Map<string, TopicPartition>()
    for (const p of committed) places.set(partitionKey(p), p)
    for (const [key, { at }] of owners) places.set(key, at)
    const there = await this.#stillThere([...places.values()], options)
    const partitions = await this.#standings(there, committed, options)
    return {
      groupId,
      state,
      epoch,
      assignor,
      members,
      partitions: partitions.map((standing) => {
        const owner = owners.get(partitionKey(standing))?.member
        return { ...standing, memberId: owner?.memberId ?? null, clientId: owner?.clientId ?? null }
      }),
    }
  }

  async delete(groupId: string): Promise<void> {
    assertGroupId(groupId)
    const { kafka, coordinators } = this.#cluster
    const apis = versionsOf(kafka, kafka.deleteGroupsV2.api, 'deleteGroups', 0)
    const options = this.#cluster.apiDeadline()
    const { results } = await coordinators.request(groupId, apis, [[groupId]], options)
    const errorNumber = results[0]?.errorCode ?? 0
    if (errorNumber !== 0) throw errorAbout(`group ${groupId}`, errorNumber, null, { groupId })
  }

  async reset(groupId: string, to: ResetTarget): Promise<void> {
    assertGroupId(groupId)
    const reset = checkReset(to)
    const options = this.#cluster.apiDeadline()
    const { members } = await describeMembers(this.#cluster, groupId, options)
    if (members.length > 0) throw nonEmpty(groupId, members.length)
    const committed = await fetchOffsets(this.#cluster, groupId, null, options)
    const chosen = reset.partitions ?? (await this.#stillThere(committed, options))
    const standings = await this.#standings(chosen, committed, options)
    const offsets = await Promise.all(
      standings.map(async (standing) => {
        const { topic, partition } = standing
        const findByTimestamp = async (timestamp: number) =>
          (await findOffsets(this.#cluster, [standing], { timestamp }, options))[0] ?? null
        const log = { ...standing, findByTimestamp }
        const held = standing.committed ?? standing.logStartOffset
        return { topic, partition, offset: await resetOffset(reset, log, held) }
      }),
    )
    if (offsets.length === 0) return
    const numbers = await commitOffsets(this.#cluster, groupId, null, offsets, options)
    const refused = numbers.find((errorNumber) => errorNumber !== 0)
    if (refused === UNKNOWN_MEMBER_ID) throw nonEmpty(groupId, 1)
    if (refused !== undefined) throw errorAbout(`group ${groupId}`, refused, null, { groupId })
  }

  /** A coordinator may keep what was committed on a topic for a while after that is gone. */
  async #stillThere<P extends TopicPartition>(
    partitions: readonly P[],
    options: EngineCallOptions & { readonly deadlineMs: number },
  ): Promise<readonly P[]> {
    try {
      await findTopics(this.#cluster, partitions, { ...options, isFresh: true })
      return partitions
    } catch (error) {
      if (!RinglogError.is(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error
    }
    const { metadata } = this.#cluster
    return partitions.filter(
      ({ topic, partition }) => partition < (metadata.known(topic)?.partitions.length ?? 0),
    )
  }

  /** How far the group is on the partitions, by topic and partition. */
  async #standings(
    partitions: readonly TopicPartition[],
    committed: readonly GroupOffset[],
    options: EngineCallOptions & { readonly deadlineMs: number },
  ): Promise<GroupPartitionDescription[]> {
    const at = partitions
      .map(({ topic, partition }) => ({ topic, partition }))
      .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
    if (at.length === 0) return []
    await findTopics(this.#cluster, at, options)
    const [starts, ends] = await Promise.all([
      listOffsets(this.#cluster, at, 'earliest', options),
      listOffsets(this.#cluster, at, 'latest', options),
    ])
    const offsets = new Map(committed.map((one) => [partitionKey(one), one]))
    return at.map((p, index) => {
      const own = offsets.get(partitionKey(p))
      const logStartOffset = starts[index] ?? 0
      const endOffset = ends[index] ?? 0
      return {
        ...p,
        memberId: null,
        clientId: null,
        committed: own?.offset ?? null,
        metadata: own?.metadata ?? '',
        // Where a member stands between two commits only the member knows.
        position: own?.offset ?? null,
        logStartOffset,
        endOffset,
        lag: endOffset - (own?.offset ?? logStartOffset),
      }
    })
  }
}

function nonEmpty(groupId: string, members: number): RinglogError {
  return new RinglogError(
    'NON_EMPTY_GROUP',
    `cannot reset group ${groupId}: consumers of it are live: close them first`,
    { details: { groupId, members } },
  )
}
