import { RinglogError, partitionName } from '@ringlog/core/internal'
import type { ProducerBatch } from './producer-batch.ts'

/** Records that can no longer be sent in their place. */
export function outOfOrder(
  batch: ProducerBatch,
  isMaybeAppended: boolean,
  what: string,
): RinglogError {
  const { topic, partition } = batch.at
  return new RinglogError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `records ${what}: partition=${partitionName(topic, partition)}, records=${batch.recordCount}`,
    { details: { topic, partition, isMaybeAppended } },
  )
}

/** Records that took longer than `deliveryTimeoutMs`. */
export function timedOut(
  batch: ProducerBatch,
  deliveryTimeoutMs: number,
  isMaybeAppended: boolean,
): RinglogError {
  const { topic, partition } = batch.at
  return new RinglogError(
    'REQUEST_TIMED_OUT',
    `records were not delivered in time: partition=${partitionName(topic, partition)}, ` +
      `records=${batch.recordCount}, deliveryTimeoutMs=${deliveryTimeoutMs}, ` +
      `attempts=${batch.attempts}; ` +
      (isMaybeAppended ? 'whether they are in the log is not known' : 'they are not in the log'),
    { details: { topic, partition, deliveryTimeoutMs, isMaybeAppended } },
  )
}
