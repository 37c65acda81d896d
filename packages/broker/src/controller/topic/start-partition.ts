import {
  Doorbell,
  PartitionStateWord,
  RinglogError,
  createProducerTableMemory,
  STORED_IN_MEMORY,
  createRingLogMemory,
  partitionOffline,
  placeEmptyRing,
  type ResolvedTopicConfig,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { OpenedPartition } from '@ringlog/storage'
import { OfflineError } from '../../wire/offline-error.ts'
import { openLogReader } from '../../wire/open-log-reader.ts'
import { PARTITION_START_TIMEOUT_MS } from '../../wire/partition-starts.ts'
import type { PartitionFiles } from '../storage/partition-files.ts'
import { restoreProducers } from '../storage/restore-producers.ts'
import type { Partition, PartitionHosting, PartitionListener } from './partition.ts'
import { SupervisedWorker } from './supervised-worker.ts'

/** What a partition is started with. */
export interface StartPartition {
  readonly topicId: string
  readonly config: ResolvedTopicConfig
  readonly listener: PartitionListener
  readonly hosting: PartitionHosting
  /** Whether it was there before: then it is offline where its files are damaged. */
  readonly isRecovery?: boolean
}

/**
 * Starts one partition: opens its files, where it has some, and starts its worker.
 *
 * @throws RinglogError WORKER_CRASHED, KAFKA_STORAGE_ERROR.
 */
export async function startPartition(
  at: TopicPartition,
  start: StartPartition,
): Promise<Partition> {
  const { topicId, config, hosting } = start
  const directory = config.storage === 'disk' ? hosting.dataDirectory : null
  const files = directory?.filesOf(at, topicId, config) ?? null
  try {
    return await startWith(files, at, start)
  } catch (error) {
    await files?.close()
    throw error
  }
}

async function startWith(
  files: PartitionFiles | null,
  at: TopicPartition,
  start: StartPartition,
): Promise<Partition> {
  const { config, hosting, listener } = start
  const opened = files === null ? null : await openFiles(at, files, start)
  const damage = opened instanceof RinglogError ? opened : null
  const storage = files?.storageKind ?? STORED_IN_MEMORY
  const memory = createRingLogMemory(config.ringBytes, { storage })
  const producerTable = createProducerTableMemory()
  if (opened !== null && !(opened instanceof RinglogError)) place({ memory, producerTable }, opened)
  const workerDoorbell = new Doorbell()
  const stateWord = new PartitionStateWord(memory)
  const offlineError = new OfflineError()
  const directory = files?.directory ?? null
  const reader = openLogReader(memory, directory)
  const { dataDirectory: _, ...workerHosting } = hosting
  const options = {
    ...at,
    config,
    ...workerHosting,
    memory,
    producerTable,
    doorbell: workerDoorbell.memory,
    storageDoorbell: files?.storageDoorbell ?? null,
    stateWord,
    reader,
    offlineError,
    listener,
    startTimeoutMs: PARTITION_START_TIMEOUT_MS,
  }
  if (damage === null) await files?.follow(memory, workerDoorbell.memory)
  const worker =
    damage === null
      ? await SupervisedWorker.start(options)
      : SupervisedWorker.offline(options, damage)
  const words = { workerDoorbell, stateWord, offlineError, producerTable }
  return { ...at, memory, directory, reader, ...words, worker, files }
}

/** Opens a partition's files; gives the error with which it is offline where they are damaged. */
async function openFiles(
  at: TopicPartition,
  files: PartitionFiles,
  { isRecovery = false, listener }: StartPartition,
): Promise<OpenedPartition | RinglogError> {
  try {
    const opened = await files.open(false)
    if (opened.truncated !== null) listener.onTruncated(at, opened.truncated)
    return opened
  } catch (error) {
    if (!isRecovery || !RinglogError.is(error, 'KAFKA_STORAGE_ERROR')) throw error
    listener.onDamaged(error)
    // Only of damage it is known what lies before it.
    const remedy =
      error.details['recoveryPoint'] === undefined
        ? '; restartPartition({ topic, partition }) starts it once that is mended'
        : '; restartPartition({ topic, partition }, { truncateCorrupt: true }) starts it without the rest'
    return partitionOffline(at.topic, at.partition, `: ${error.message}${remedy}`, error)
  }
}

/** Lets an empty ring begin where the files end, with what they say of producers: before its worker starts. */
function place(
  { memory, producerTable }: Pick<Partition, 'memory' | 'producerTable'>,
  { logStartOffset, endOffset, producers }: OpenedPartition,
): void {
  placeEmptyRing(memory, logStartOffset, endOffset)
  restoreProducers(producerTable, endOffset, producers)
}

/**
 * Opens the files of a partition that is offline because they are damaged; does nothing where they are open.
 *
 * @param truncateCorrupt Whether damage ends the log where it is: what follows is dropped.
 * @throws RinglogError KAFKA_STORAGE_ERROR where they are damaged, and that is not allowed.
 */
export async function reopenFiles(
  partition: Partition,
  truncateCorrupt: boolean,
  listener: PartitionListener,
): Promise<void> {
  const { files, memory, workerDoorbell } = partition
  if (files === null || files.isFollowed) return
  const opened = await files.open(truncateCorrupt)
  if (opened.truncated !== null) listener.onTruncated(partition, opened.truncated)
  place(partition, opened)
  await files.follow(memory, workerDoorbell.memory)
}
