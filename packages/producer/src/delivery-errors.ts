import { RinglogError, partitionName, type RinglogErrorCode } from '@ringlog/core/internal'
import type { ProducerBatch } from './producer-batch.ts'

/** The log took a later one although it did not have this one: it had forgotten the producer. */
export function overtaken(batch: ProducerBatch): RinglogError {
  return outOfOrder(batch, false, 'were overtaken by later ones, and are not sent again')
}

/** Of the batch, and of one before it, the producer cannot find out whether the log has them. */
export function unresolved(batch: ProducerBatch): RinglogError {
  return outOfOrder(batch, true, 'may be in the log: no answer came when they were sent')
}

/** Records that can no longer be sent in their place. */
function outOfOrder(batch: ProducerBatch, isMaybeAppended: boolean, what: string): RinglogError {
  const { topic, partition } = batch.at
  return new RinglogError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `records ${what}: partition=${partitionName(topic, partition)}, records=${batch.recordCount}`,
    { details: { topic, partition, isMaybeAppended } },
  )
}

/** Nothing is wrong with the records then: their users need to know whether they are in the log. */
const CLOSED_CODES: ReadonlySet<RinglogErrorCode> = new Set(['PRODUCER_CLOSED', 'BROKER_CLOSED'])

/** Whether a producer fails its records because it, or its log, is closed. */
export function isOfClosed({ code }: RinglogError): boolean {
  return CLOSED_CODES.has(code)
}

/** Why records are not sent any more; where that is in doubt, whether they may be in the log. */
export function givenUp(batch: ProducerBatch, reason: RinglogError): RinglogError {
  const { isMaybeAppended } = batch
  const isInDoubt = isMaybeAppended || isOfClosed(reason)
  return isInDoubt ? undelivered(batch, reason, isMaybeAppended) : reason
}

/**
 * Why records were given up, with a word on whether they may be in the log all the same. A reason that says they
 * are not means the attempt that it answers: one before, that no answer came to, may have been appended.
 */
export function undelivered(
  batch: ProducerBatch,
  reason: RinglogError,
  isMaybeAppended: boolean,
): RinglogError {
  const said = reason.details['isMaybeAppended']
  if (said === true || said === isMaybeAppended) return reason
  const { topic, partition } = batch.at
  return new RinglogError(
    reason.code,
    `${reason.message}: partition=${partitionName(topic, partition)}, ` +
      `records=${batch.recordCount}; ${fate(isMaybeAppended)}`,
    { details: { ...reason.details, topic, partition, isMaybeAppended }, cause: reason },
  )
}

/** Records that were not handed to a full log again, because their time was over. */
export function noRoom(batch: ProducerBatch, waitedMs: number, reason: RinglogError): RinglogError {
  const { topic, partition } = batch.at
  const details = { ...reason.details, waitedMs: Math.round(waitedMs), sizeBytes: batch.sizeBytes }
  return new RinglogError(
    reason.code,
    `records found no room in time: partition=${partitionName(topic, partition)}, ` +
      `records=${batch.recordCount}, waitedMs=${details.waitedMs}; ${reason.message}`,
    { details, cause: reason },
  )
}

/** Records that took longer than `deliveryTimeoutMs`. */
export function timedOut(
  batch: Pick<ProducerBatch, 'at' | 'recordCount' | 'attempts'>,
  deliveryTimeoutMs: number,
  isMaybeAppended: boolean,
): RinglogError {
  const { topic, partition } = batch.at
  return new RinglogError(
    'REQUEST_TIMED_OUT',
    `records were not delivered in time: partition=${partitionName(topic, partition)}, ` +
      `records=${batch.recordCount}, deliveryTimeoutMs=${deliveryTimeoutMs}, ` +
      `attempts=${batch.attempts}; ${fate(isMaybeAppended)}`,
    { details: { topic, partition, deliveryTimeoutMs, isMaybeAppended } },
  )
}

function fate(isMaybeAppended: boolean): string {
  return isMaybeAppended ? 'whether they are in the log is not known' : 'they are not in the log'
}
