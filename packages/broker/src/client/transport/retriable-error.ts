import type { RinglogError, RinglogErrorCode } from '@ringlog/core/internal'

/**
 * What may be otherwise at the next attempt: CORRUPT_MESSAGE too, as with Kafka, because the producer's own
 * bytes may be whole. Not among them, though a user may try again: BUFFER_FULL, because the batch has waited
 * `maxBlockMs` before the worker says so; PARTITION_OFFLINE and UNKNOWN_TOPIC_OR_PARTITION, because the broker
 * does not say so of what comes back by itself.
 */
const RETRIED_CODES: ReadonlySet<RinglogErrorCode> = new Set([
  'CORRUPT_MESSAGE',
  'REQUEST_TIMED_OUT',
  'WORKER_CRASHED',
  'BROKER_NOT_AVAILABLE',
])

/** Whether what a partition's worker, or the controller, failed with this error is worth another attempt. */
export function isRetriable({ code }: RinglogError): boolean {
  return RETRIED_CODES.has(code)
}
