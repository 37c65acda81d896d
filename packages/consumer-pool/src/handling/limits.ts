import type { ConsumerConfig } from '@ringlog/consumer'
import type { HandlingLimits } from './handling-loop.ts'

/** Kafka's, and a consumer's. */
const DEFAULT_MAX_POLL_RECORDS = 500
const DEFAULT_MAX_POLL_INTERVAL_MS = 300_000
/** Where a poll has no limit. */
const ENDLESS_PENDING = 10_000

/** What of a loop's limits a consumer's configuration says. */
export function limitsOf(
  consumer: ConsumerConfig,
  own: Pick<HandlingLimits, 'orderBy' | 'maxRunning' | 'isDeserialized'>,
): HandlingLimits {
  const { maxPollRecords = DEFAULT_MAX_POLL_RECORDS, autoCommitIntervalMs = 0 } = consumer
  const { maxPollIntervalMs = DEFAULT_MAX_POLL_INTERVAL_MS, autoOffsetReset } = consumer
  const polled = maxPollRecords === Infinity ? ENDLESS_PENDING : maxPollRecords
  return {
    ...own,
    // With twice as many as may be handled at once there is a next one for each that ends.
    maxPending: own.maxRunning === Infinity ? polled : Math.max(polled, 2 * own.maxRunning),
    maxPollIntervalMs,
    autoCommitIntervalMs,
    isLatest: autoOffsetReset === 'latest',
  }
}
