import {
  Doorbell,
  PartitionStateWord,
  type LogReader,
  createProducerTableMemory,
  createRingLogMemory,
  topicDeleted,
  type RinglogError,
  type PartitionDescription,
  type ResolvedTopicConfig,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { PartitionHostOptions } from '@ringlog/partition-worker'
import type { LogPlace } from '../../wire/consumer-description.ts'
import { OfflineError } from '../../wire/offline-error.ts'
import { openLogReader } from '../../wire/open-log-reader.ts'
import { PARTITION_START_TIMEOUT_MS, STARTS_AT_A_TIME } from '../../wire/partition-starts.ts'
import type { SupervisorListener } from './partition-supervisor.ts'
import type { RestartLimits } from './restart-budget.ts'
import { SupervisedWorker } from './supervised-worker.ts'

/** A partition, as the controller keeps it. Its memory outlives its worker. */
export interface Partition extends TopicPartition, LogPlace {
  /** For a look at where its log begins and ends. */
  readonly reader: LogReader
  readonly workerDoorbell: Doorbell
  readonly stateWord: PartitionStateWord
  readonly offlineError: OfflineError
  readonly worker: SupervisedWorker
}

/** Called when something happens to a partition that no call has asked for. */
export interface PartitionListener extends SupervisorListener {
  /**
   * Partitions have started, and are not part of their topic yet: lets these groups hold them from their
   * start.
   */
  registerGatingGroups(groupIds: readonly string[], partitions: readonly Partition[]): Promise<void>
}

/** How partition workers are started, how often again, and the clock of all that. */
export interface PartitionHosting extends Pick<PartitionHostOptions, 'startThread' | 'clock'> {
  readonly limits: RestartLimits
}

export interface StartPartitions {
  readonly topic: string
  readonly first: number
  readonly count: number
  readonly config: ResolvedTopicConfig
  readonly listener: PartitionListener
  readonly hosting: PartitionHosting
  /** The error to fail with once the partitions are not wanted any more; `null` before. */
  readonly cancelled: () => RinglogError | null
}

/**
 * Starts partitions of a topic, with a thread each: all of them, or none.
 *
 * @throws RinglogError WORKER_CRASHED, or what `cancelled` says.
 */
export async function startPartitions(start: StartPartitions): Promise<Partition[]> {
  const { topic, first, count, config, listener, hosting } = start
  const started: Partition[] = []
  const numbers = Array.from({ length: count }, (_, i) => first + i).values()
  const failures: unknown[] = []
  /** Starts one after the other; those that run side by side take their numbers from the same iterator. */
  const startInTurn = async (): Promise<void> => {
    try {
      for (const partition of numbers) {
        throwIfCancelled(start)
        if (failures.length > 0) return
        started.push(await startPartition({ topic, partition }, config, listener, hosting))
      }
    } catch (reason) {
      failures.push(reason)
    }
  }
  const length = Math.min(STARTS_AT_A_TIME, count)
  await Promise.all(Array.from({ length }, startInTurn))
  try {
    if (failures.length > 0) throw failures[0]
    const partitions = started.toSorted((a, b) => a.partition - b.partition)
    if (config.gatingGroups.length > 0) {
      await listener.registerGatingGroups(config.gatingGroups, partitions)
    }
    throwIfCancelled(start)
    return partitions
  } catch (error) {
    await Promise.all(started.map(({ worker }) => worker.terminate()))
    throw error
  }
}

function throwIfCancelled({ cancelled }: StartPartitions): void {
  const error = cancelled()
  if (error !== null) throw error
}

async function startPartition(
  at: TopicPartition,
  config: ResolvedTopicConfig,
  listener: PartitionListener,
  hosting: PartitionHosting,
): Promise<Partition> {
  const memory = createRingLogMemory(config.ringBytes)
  const workerDoorbell = new Doorbell()
  const stateWord = new PartitionStateWord(memory)
  const offlineError = new OfflineError()
  const directory = null
  const reader = openLogReader(memory, directory)
  const options = {
    ...at,
    config,
    ...hosting,
    memory,
    producerTable: createProducerTableMemory(),
    doorbell: workerDoorbell.memory,
    storageDoorbell: null,
    stateWord,
    reader,
    offlineError,
    listener,
    startTimeoutMs: PARTITION_START_TIMEOUT_MS,
  }
  const worker = await SupervisedWorker.start(options)
  return { ...at, memory, directory, reader, workerDoorbell, stateWord, offlineError, worker }
}

/**
 * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION when the topic was deleted, PARTITION_OFFLINE when
 *   the partition's worker has died and none is started in its place.
 */
export function assertOnline({ topic, stateWord, worker }: Partition): void {
  if (stateWord.isDeleted) throw topicDeleted(topic)
  worker.assertOnline()
}

export function describePartition({ partition, worker }: Partition): PartitionDescription {
  return { partition, state: worker.isOnline ? 'online' : 'offline' }
}
