import {
  RinglogError,
  partitionName,
  partitionOffline,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { RestartBudget } from './restart-budget.ts'

/** For `BrokerConfig.onError`: a worker has died, and whether another is started. */
export function crashReport(
  { topic, partition }: TopicPartition,
  crash: RinglogError,
  budget: RestartBudget,
  isOffline: boolean,
): RinglogError {
  const consequence = isOffline
    ? `partition ${partitionName(topic, partition)} is offline: ${budget.usedUp}`
    : `it is started again: restart ${budget.taken} of maxRestarts=${budget.limits.maxRestarts}`
  return new RinglogError('WORKER_CRASHED', `${crash.message}; ${consequence}`, {
    cause: crash.cause ?? crash,
    details: { topic, partition, isOffline },
  })
}

/** For all who use the partition: why it is offline, and what brings it back. */
export function offlineError(
  { topic, partition }: TopicPartition,
  crash: RinglogError,
  budget: RestartBudget,
): RinglogError {
  const remedy = budget.isGivenUp ? '' : '; restartPartition() brings it back'
  const why = `${crash.message}; ${budget.usedUp}${remedy}`
  return partitionOffline(topic, partition, `: ${why}`, crash)
}
