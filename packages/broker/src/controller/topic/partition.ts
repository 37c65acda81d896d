import {
  topicDeleted,
  type Doorbell,
  type LogReader,
  type PartitionDescription,
  type PartitionStateWord,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { PartitionHostOptions } from '@ringlog/partition-worker'
import type { TruncatedLog } from '@ringlog/storage'
import type { LogPlace } from '../../wire/consumer-description.ts'
import type { OfflineError } from '../../wire/offline-error.ts'
import type { DataDirectory } from '../storage/data-directory.ts'
import type { PartitionFiles } from '../storage/partition-files.ts'
import type { SupervisorListener } from './partition-supervisor.ts'
import type { RestartLimits } from './restart-budget.ts'
import type { SupervisedWorker } from './supervised-worker.ts'

/** A partition, as the controller keeps it. Its memory outlives its worker. */
export interface Partition extends TopicPartition, LogPlace {
  /** For a look at where its log begins and ends. */
  readonly reader: LogReader
  readonly workerDoorbell: Doorbell
  readonly stateWord: PartitionStateWord
  readonly offlineError: OfflineError
  readonly worker: SupervisedWorker
  /** `null`: the ring is all there is of the log. */
  readonly files: PartitionFiles | null
  /** Of its producers' sequences. */
  readonly producerTable: SharedArrayBuffer
}

/** Called when something happens to a partition that no call has asked for. */
export interface PartitionListener extends SupervisorListener {
  /**
   * Partitions have started, and are not part of their topic yet: lets these groups hold them from their
   * start.
   */
  registerGatingGroups(groupIds: readonly string[], partitions: readonly Partition[]): Promise<void>
  /** A topic was deleted: resolves once nothing is on disk of what groups had committed there. */
  forgetOffsets(): Promise<void>
  /** The end of a partition's log was cut off when it was opened: a crash had left it incomplete, or damaged. */
  onTruncated(at: TopicPartition, truncated: TruncatedLog): void
  /** The files of a partition could not be opened: it is offline. */
  onDamaged(error: RinglogError): void
}

/** How partition workers are started, how often again, and the clock of all that. */
export interface PartitionHosting extends Pick<PartitionHostOptions, 'startThread' | 'clock'> {
  readonly limits: RestartLimits
  /** `null`: the broker has none. */
  readonly dataDirectory: DataDirectory | null
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
