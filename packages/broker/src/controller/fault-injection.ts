import { RinglogError, type ActorThread, type BrokerFault } from '@ringlog/core/internal'
import type { GroupRegistry } from './group/group-registry.ts'
import { assertOnline } from './topic/partition.ts'
import type { TopicRegistry } from './topic/topic-registry.ts'

/** For tests: see `FaultInjector`. Thread: the controller's. */
export async function injectFault(
  { thread, groups, topics }: FaultyParts,
  fault: BrokerFault,
): Promise<void> {
  if (fault.type === 'rebalance') return groups.enforceRebalance(fault.groupId)
  const { type } = fault.switched.fault
  if (!thread.isOwn && (type === 'kill' || type === 'pause')) {
    throw new RinglogError(
      'INVALID_REQUEST',
      `a log in memory alone has no worker to ${type}: take a broker from Broker.start()`,
    )
  }
  const partition = topics.partition(fault.at)
  assertOnline(partition)
  await partition.worker.injectFault(fault.switched)
}

/** What faults are put into. */
interface FaultyParts {
  readonly thread: ActorThread
  readonly groups: GroupRegistry
  readonly topics: TopicRegistry
}
