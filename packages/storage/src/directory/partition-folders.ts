import type { TopicPartition } from '@ringlog/core/internal/storage'

const PARTITION_FOLDER = /^(.+)-(\d+)$/

/** Whose folder has this name; `null`: it is the name of no partition's. */
export function partitionOfFolder(name: string): TopicPartition | null {
  const match = PARTITION_FOLDER.exec(name)
  return match === null ? null : { topic: match[1]!, partition: Number(match[2]) }
}
