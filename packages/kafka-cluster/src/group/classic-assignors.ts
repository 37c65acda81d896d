import { partitionKey, type TopicPartition } from '@ringlog/core/internal'
import {
  rangeAssignor,
  roundRobinAssignor,
  stickyAssignor,
  type Assignor,
  type AssignorRequest,
} from '@ringlog/core/internal/assignors'

/** How a group of the classic protocol divides its partitions; members that name the same agree. */
export interface ClassicAssignor {
  /** As Kafka's clients name it. */
  readonly protocolName: string
  /** Whether members keep what they have while they rebalance; else they give all up first. */
  readonly isCooperative: boolean
  assign(request: AssignorRequest): ReadonlyMap<string, readonly TopicPartition[]>
}

/** By the names of `ConsumerConfig.assignor`. */
export const CLASSIC_ASSIGNORS: Readonly<Record<string, ClassicAssignor>> = {
  range: eager('range', rangeAssignor),
  roundRobin: eager('roundrobin', roundRobinAssignor),
  sticky: {
    protocolName: 'cooperative-sticky',
    isCooperative: true,
    assign: (request) => withoutMoving(request, stickyAssignor.assign(request)),
  },
}

function eager(protocolName: string, assignor: Assignor): ClassicAssignor {
  return { protocolName, isCooperative: false, assign: (request) => assignor.assign(request) }
}

/**
 * Leaves out what another member has still: it gives that up after this rebalance, and joins again, and only then is
 * it assigned.
 *
 * Source: Apache Kafka, `clients/consumer/CooperativeStickyAssignor.java`.
 */
function withoutMoving(
  { members }: AssignorRequest,
  answer: ReadonlyMap<string, readonly TopicPartition[]>,
): ReadonlyMap<string, readonly TopicPartition[]> {
  const owners = new Map<string, string>()
  for (const { memberId, owned } of members) {
    for (const p of owned) owners.set(partitionKey(p), memberId)
  }
  const isFree = (memberId: string, p: TopicPartition): boolean => {
    const owner = owners.get(partitionKey(p))
    return owner === undefined || owner === memberId
  }
  return new Map(
    [...answer].map(([memberId, partitions]) => [
      memberId,
      partitions.filter((p) => isFree(memberId, p)),
    ]),
  )
}
