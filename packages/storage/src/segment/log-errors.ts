import { RinglogError, partitionName } from '@ringlog/core/internal/storage'
import type { LogFolder } from './log-folder.ts'

/** A batch that is to be appended has other offsets than the next ones. */
export function notInOrder(
  { topic, partition, details }: LogFolder,
  baseOffset: number,
  expectedOffset: number,
): RinglogError {
  return new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `a batch is not the next one: partition=${partitionName(topic, partition)}, ` +
      `baseOffset=${baseOffset}, expectedOffset=${expectedOffset}`,
    { details: { ...details, baseOffset, expectedOffset } },
  )
}

/** An offset lies past the end of the log's files. */
export function notWritten(
  { topic, partition, details }: LogFolder,
  offset: number,
  endOffset: number,
): RinglogError {
  return new RinglogError(
    'OFFSET_OUT_OF_RANGE',
    `nothing is written there: partition=${partitionName(topic, partition)}, offset=${offset}, ` +
      `endOffset=${endOffset}`,
    { details: { ...details, offset, endOffset } },
  )
}
