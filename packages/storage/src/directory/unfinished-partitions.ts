import { listFolder } from '../file-system/small-files.ts'
import type { FileSystem } from '../file-system/file-system.ts'
import type { TopicRecord } from '../metadata/metadata-record.ts'
import { hadNoRecords } from '../recovery/had-no-records.ts'
import { LogFolder } from '../segment/log-folder.ts'
import { deletePartitionFolder } from './deleted-folders.ts'
import { partitionOfFolder } from './partition-folders.ts'

/**
 * Removes the folders of partitions that never came to be: a process was killed while it added them to their topic,
 * before the topic's record said so. None of them had a record; a folder that had one stays.
 *
 * Before the session adds any partition.
 */
export function removeUnfinishedPartitions(
  fileSystem: FileSystem,
  directory: string,
  topics: readonly TopicRecord[],
): void {
  const counts = new Map<string, number>()
  for (const { topic, config } of topics) {
    counts.set(topic, Math.max(config.partitions, counts.get(topic) ?? 0))
  }
  for (const name of fileSystem.list(directory)) {
    const at = partitionOfFolder(name)
    if (at === null) continue
    const { topic, partition } = at
    if (partition < (counts.get(topic) ?? Infinity)) continue
    const folder = new LogFolder(fileSystem, directory, topic, partition)
    if (folder.path !== `${directory}/${name}` || listFolder(fileSystem, folder.path) === null) {
      continue // somebody else's
    }
    if (!hadNoRecords(folder)) continue
    for (const _ of deletePartitionFolder(fileSystem, directory, topic, partition));
  }
}
