import { RinglogError, partitionName, type TopicPartition } from '@ringlog/core/internal/storage'

/** Why nothing is written of a partition: for good, or until the disk has room. */
export function storageError({ topic, partition }: TopicPartition, cause: unknown): RinglogError {
  const name = partitionName(topic, partition)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new RinglogError('KAFKA_STORAGE_ERROR', `partition ${name} cannot be written: ${reason}`, {
    details: { topic, partition, reason },
  })
}
