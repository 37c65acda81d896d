import { checkBeforeOffset } from '@ringlog/partition-worker'
import type { Partition } from './partition.ts'

/**
 * Deletes records, as `Admin.deleteRecords`: from the files first, where there are some, then from the ring.
 *
 * @throws RinglogError INVALID_REQUEST, OFFSET_OUT_OF_RANGE, PARTITION_OFFLINE, KAFKA_STORAGE_ERROR.
 */
export async function deleteRecords(partition: Partition, beforeOffset: number): Promise<void> {
  const { files, reader, worker } = partition
  if (files === null) {
    await worker.deleteRecords(beforeOffset)
    return
  }
  const checkedOffset = checkBeforeOffset(partition, beforeOffset, reader.endOffset)
  await files.deleteRecords(checkedOffset)
  await worker.deleteRecords(checkedOffset)
}
