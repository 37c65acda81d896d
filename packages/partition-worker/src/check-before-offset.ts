import {
  RinglogError,
  partitionName,
  show,
  type TopicPartition,
} from '@ringlog/core/internal/partition-thread'

/** `beforeOffset` of `deleteRecords`: the end of the log, as in Kafka. */
const LOG_END = -1

/**
 * The offset before which a user wants records deleted.
 *
 * @param endOffset Of the log, as far as consumers see it.
 * @throws RinglogError INVALID_REQUEST, OFFSET_OUT_OF_RANGE.
 */
export function checkBeforeOffset(
  { topic, partition }: TopicPartition,
  beforeOffset: number,
  endOffset: number,
): number {
  if (beforeOffset === LOG_END) return endOffset
  if (!Number.isSafeInteger(beforeOffset) || beforeOffset < 0) {
    throw new RinglogError(
      'INVALID_REQUEST',
      `beforeOffset must be a non-negative safe integer, or -1 for the end of the log, got ${show(beforeOffset)}`,
      { details: { topic, partition, beforeOffset: show(beforeOffset) } },
    )
  }
  if (beforeOffset <= endOffset) return beforeOffset
  throw new RinglogError(
    'OFFSET_OUT_OF_RANGE',
    `beforeOffset is past the end of the log: partition=${partitionName(topic, partition)}, ` +
      `beforeOffset=${beforeOffset}, endOffset=${endOffset}`,
    { details: { topic, partition, beforeOffset, endOffset } },
  )
}
