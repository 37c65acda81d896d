import {
  RinglogError,
  type EngineCallOptions,
  type GroupDescription,
  type GroupMemberDescription,
  type GroupState,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { errorAbout, errorOfNumber } from '../connection/cluster-errors.ts'
import { GROUP_ID_NOT_FOUND, UNSUPPORTED_VERSION } from '../connection/error-numbers.ts'
import { decodeAssignment, decodeTopics } from '../group/consumer-protocol.ts'

/** A group, without its offsets. */
export type GroupMembers = Pick<GroupDescription, 'state' | 'epoch' | 'assignor' | 'members'>

/** Kafka's states of a group as Ringlog names them; both protocols'. */
const STATES: Readonly<Record<string, GroupState>> = {
  empty: 'empty',
  assigning: 'assigning',
  reconciling: 'reconciling',
  stable: 'stable',
  preparingrebalance: 'reconciling',
  completingrebalance: 'reconciling',
}

/**
 * The members of a group, by whichever of Kafka's two protocols they are members.
 *
 * @throws RinglogError GROUP_ID_NOT_FOUND, GROUP_AUTHORIZATION_FAILED.
 */
export async function describeMembers(
  cluster: Cluster,
  groupId: string,
  options: EngineCallOptions,
): Promise<GroupMembers> {
  return (
    (await ofNewerProtocol(cluster, groupId, options)) ??
    (await ofClassicProtocol(cluster, groupId, options))
  )
}

/** `null`: the group is not of that protocol, or the brokers do not know it. */
async function ofNewerProtocol(
  { kafka, coordinators }: Cluster,
  groupId: string,
  options: EngineCallOptions,
): Promise<GroupMembers | null> {
  const apis = versionsOf(kafka, kafka.consumerGroupDescribeV0.api, 'consumerGroupDescribe', 0)
  const answer = await coordinators
    .request(groupId, apis, [[groupId], false], options)
    .catch((error: unknown) => {
      if (RinglogError.is(error, 'UNSUPPORTED_VERSION')) return null
      throw error
    })
  const [group] = answer?.groups ?? []
  if (group === undefined) return null
  const { errorCode, errorMessage } = group
  if (errorCode === GROUP_ID_NOT_FOUND || errorCode === UNSUPPORTED_VERSION) return null
  if (errorCode !== 0) throw errorAbout(`group ${groupId}`, errorCode, errorMessage, { groupId })
  return {
    state: stateOf(group.groupState),
    epoch: group.groupEpoch,
    assignor: group.assignorName === '' ? null : group.assignorName,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId ?? null,
      clientId: member.clientId,
      epoch: member.memberEpoch,
      isLive: member.memberEpoch >= 0,
      topics: member.subscribedTopicNames,
      assignment: partitionsIn(member.assignment.topicPartitions),
      target: partitionsIn(member.targetAssignment.topicPartitions),
    })),
  }
}

async function ofClassicProtocol(
  { kafka, coordinators }: Cluster,
  groupId: string,
  options: EngineCallOptions,
): Promise<GroupMembers> {
  const apis = versionsOf(kafka, kafka.describeGroupsV5.api, 'describeGroups', 0)
  const answer = await coordinators.request(groupId, apis, [[groupId], false], options)
  const [group] = answer.groups
  const isThere = group !== undefined && group.groupState.toLowerCase() !== 'dead'
  const errorCode = isThere ? group.errorCode : group?.errorCode || GROUP_ID_NOT_FOUND
  if (errorCode !== 0 || !isThere) {
    throw errorCode === GROUP_ID_NOT_FOUND
      ? errorOfNumber(errorCode, `there is no group ${groupId}`, { groupId })
      : errorAbout(`group ${groupId}`, errorCode, null, { groupId })
  }
  return {
    state: stateOf(group.groupState),
    epoch: 0, // its generation, which only members are told
    assignor: group.protocolData === '' ? null : group.protocolData,
    members: group.members.map((member): GroupMemberDescription => {
      const assignment = orNothing(() => decodeAssignment(member.memberAssignment))
      return {
        memberId: member.memberId,
        instanceId: member.groupInstanceId ?? null,
        clientId: member.clientId,
        epoch: 0,
        isLive: true,
        topics: orNothing(() => decodeTopics(member.memberMetadata)),
        assignment,
        target: assignment,
      }
    }),
  }
}

function stateOf(state: string): GroupState {
  return STATES[state.toLowerCase()] ?? 'empty'
}

function partitionsIn(
  topics: ReadonlyArray<{ readonly topicName: string; readonly partitions: readonly number[] }>,
): TopicPartition[] {
  return topics.flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ topic: topicName, partition })),
  )
}

/** Empty where nothing was said; members that are no consumers, as the workers of Kafka Connect, say other things. */
function orNothing<T>(read: () => T[]): T[] {
  try {
    return read()
  } catch {
    return []
  }
}
