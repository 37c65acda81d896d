import {
  RinglogError,
  partitionName,
  partitionOffline,
  topicDeleted,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { AssignedPartition } from './assigned-partition.ts'

/** Nothing is committed for these partitions, and nothing says where to start instead. */
export function noOffset(partitions: readonly TopicPartition[]): RinglogError {
  const names = partitions.map(({ topic, partition }) => partitionName(topic, partition))
  return new RinglogError(
    'NO_OFFSET_FOR_PARTITION',
    `nothing is committed for ${names.join(', ')}, and autoOffsetReset is "none": seek first`,
    { details: { partitions } },
  )
}

/** The position is not within the log, and nothing says where to go on instead. */
export function outOfRange({ at, open, position }: AssignedPartition): RinglogError {
  const { logStartOffset, endOffset } = open.reader
  const truncatedTo = open.reader.truncatedTo ?? null
  const why =
    truncatedTo !== null && truncatedTo < position
      ? `the log was cut off at offset ${truncatedTo}, before the position`
      : 'position is outside the log'
  return new RinglogError(
    'OFFSET_OUT_OF_RANGE',
    `${why}: partition=${partitionName(at.topic, at.partition)}, ` +
      `position=${position}, logStartOffset=${logStartOffset}, endOffset=${endOffset}`,
    {
      details: {
        ...at,
        position,
        logStartOffset,
        endOffset,
        ...(truncatedTo === null ? {} : { truncatedTo }),
      },
    },
  )
}

/** The log that a partition was opened on is no more, whatever there is by its name now. */
export function deletedError({ topic, partition }: TopicPartition): RinglogError {
  return topicDeleted(topic, partition)
}

/** Nothing more will come: the partition's topic is deleted, or its worker died and none is started. */
export function goneError({ at, open }: AssignedPartition): RinglogError {
  if (open.isDeleted()) return deletedError(at)
  const why = open.offlineError?.()
  return why ?? partitionOffline(at.topic, at.partition, ', and all of it was handed out')
}

/**
 * Why a partition cannot be read, with the partition: a log's files do not know whose they are. What is another's error
 * stays as it is.
 */
export function readError({ topic, partition }: TopicPartition, error: unknown): unknown {
  if (!RinglogError.is(error)) return error
  const { code, message, details, cause } = error
  if ('topic' in details && 'partition' in details) return error
  return new RinglogError(code, `partition=${partitionName(topic, partition)}: ${message}`, {
    details: { topic, partition, ...details },
    ...(cause === undefined ? {} : { cause }),
  })
}
