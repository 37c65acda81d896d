import { partitionName } from '../topic-partition.ts'
import { RinglogError } from './ringlog-error.ts'

/** Why a call has no partition to work on: one maker for each reason, in whichever thread it is found. */

/**
 * UNKNOWN_TOPIC_OR_PARTITION: the topic that the caller worked on was deleted, whatever there is by its
 * name now.
 *
 * @param consequence What the deletion means for the call, where that needs words.
 */
export function topicDeleted(topic: string, partition?: number, consequence = ''): RinglogError {
  return new RinglogError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `topic ${topic} was deleted${consequence}`,
    { details: partition === undefined ? { topic } : { topic, partition } },
  )
}

/** UNKNOWN_TOPIC_OR_PARTITION: the topic has fewer partitions. */
export function unknownPartition(
  topic: string,
  partition: number,
  partitionCount: number,
): RinglogError {
  return new RinglogError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `topic ${topic} has no partition ${partition}: partitions=${partitionCount}`,
    { details: { topic, partition, partitionCount } },
  )
}

/**
 * PARTITION_OFFLINE: the partition's worker has ended, and no other is started, so that nothing is appended.
 *
 * @param consequence What that means for the call, or how it came about, where that needs words.
 * @param cause How the worker ended, where that is known.
 */
export function partitionOffline(
  topic: string,
  partition: number,
  consequence = '',
  cause?: RinglogError,
): RinglogError {
  return new RinglogError(
    'PARTITION_OFFLINE',
    `partition ${partitionName(topic, partition)} has no running worker${consequence}`,
    { details: { topic, partition }, ...(cause !== undefined && { cause }) },
  )
}

/** WORKER_CRASHED: the partition's worker has ended, and may be started again. */
export function workerEnded(topic: string, partition: number): RinglogError {
  return new RinglogError(
    'WORKER_CRASHED',
    `worker of partition ${partitionName(topic, partition)} ended`,
    { details: { topic, partition } },
  )
}
