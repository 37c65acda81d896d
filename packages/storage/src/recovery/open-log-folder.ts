import { RinglogError, partitionName, show } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { kafkaUuid } from '../directory/kafka-uuid.ts'
import { deletePartitionFolder } from '../directory/deleted-folders.ts'
import { LogFolder } from '../segment/log-folder.ts'
import { finishLeftovers } from './finish-leftovers.ts'
import { hadNoRecords } from './had-no-records.ts'

const METADATA_FILE = 'partition.metadata'
const LEADER_EPOCH_FILE = 'leader-epoch-checkpoint'
/** Version 0, one entry: epoch 0 from offset 0 on. */
const LEADER_EPOCHS = '0\n1\n0 0\n'

export interface LogFolderOptions {
  readonly fileSystem: FileSystem
  readonly dataDirectory: string
  readonly topic: string
  readonly partition: number
  /** A UUID. */
  readonly topicId: string
}

/**
 * Opens the folder of a partition, and finishes what the last session had begun there; or creates one, with all
 * that says whose it is.
 *
 * @throws RinglogError KAFKA_STORAGE_ERROR for the folder of another topic of the same name, where that had records.
 */
export function openLogFolder(options: LogFolderOptions): LogFolder {
  const { fileSystem, dataDirectory, topic, partition, topicId } = options
  const folder = new LogFolder(fileSystem, dataDirectory, topic, partition)
  try {
    fileSystem.makeDirectory(folder.path)
    const metadata = metadataOf(topicId)
    let known = folder.read(METADATA_FILE)
    if (known !== null && !isOf(metadata, known) && hadNoRecords(folder)) {
      // A process was killed while it added partitions: the topic had no such partition, and is another one now.
      for (const _ of deletePartitionFolder(fileSystem, dataDirectory, topic, partition));
      fileSystem.makeDirectory(folder.path)
      known = null
    }
    if (known === null) {
      folder.replace(LEADER_EPOCH_FILE, Buffer.from(LEADER_EPOCHS))
      folder.replace(METADATA_FILE, Buffer.from(metadata))
      fileSystem.syncDirectory(dataDirectory)
    } else if (!isOf(metadata, known)) {
      throw otherTopic(folder, metadata, Buffer.from(known).toString())
    }
    finishLeftovers(folder)
    return folder
  } catch (error) {
    throw folder.errorOf('opening the folder', error)
  }
}

function metadataOf(topicId: string): string {
  const isUuid = /^[\da-f]{32}$/i.test(topicId.replaceAll('-', ''))
  return `version: 0\ntopic_id: ${isUuid ? kafkaUuid(topicId) : topicId}\n`
}

function isOf(metadata: string, known: Uint8Array): boolean {
  return Buffer.from(known).toString().trim() === metadata.trim()
}

function otherTopic(folder: LogFolder, expected: string, found: string): RinglogError {
  const name = partitionName(folder.topic, folder.partition)
  return new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `the folder belongs to another topic of this name: partition=${name}, file=${folder.pathOf(METADATA_FILE)}, ` +
      `expected=${show(expected)}, found=${show(found)}`,
    { details: { ...folder.details, expected, found } },
  )
}
