import {
  Doorbell,
  PartitionStateWord,
  type LogReader,
  createProducerTableMemory,
  createRingLogMemory,
  partitionOffline,
  topicDeleted,
  type RinglogError,
  type PartitionDescription,
  type ResolvedTopicConfig,
  type TopicPartition,
} from '@ringlog/core/internal'
import {
  NO_ATTACHMENTS,
  PartitionHost,
  type PartitionEvent,
  type PartitionHostOptions,
} from '@ringlog/partition-worker'
import { openLogReader } from '../../wire/open-log-reader.ts'

/** A partition, as the controller keeps it. Its memory outlives its worker. */
export interface Partition extends TopicPartition {
  readonly memory: SharedArrayBuffer
  /** For a look at where its log begins and ends. */
  readonly reader: LogReader
  readonly workerDoorbell: Doorbell
  readonly stateWord: PartitionStateWord
  readonly host: PartitionHost
}

/** Called when something happens to a partition that no call has asked for. */
export interface PartitionListener {
  /** The worker of a partition has died; the partition is offline by now. */
  onCrash(error: RinglogError): void
  /** The worker of a partition has ended, in whatever way. */
  onEnded(): void
  onEvent(event: PartitionEvent): void
  /**
   * Partitions have started, and are not part of their topic yet: lets these groups hold them from their
   * start.
   */
  registerGatingGroups(groupIds: readonly string[], partitions: readonly Partition[]): Promise<void>
}

/** How partition workers are started, and the clock of their deadlines. */
export type PartitionHosting = Pick<PartitionHostOptions, 'startThread' | 'clock'>

/** So many threads are started at a time: more would only make each of them late. */
const STARTS_AT_A_TIME = 8

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
  const partitions: Partition[] = []
  try {
    for (let started = 0; started < count; started += STARTS_AT_A_TIME) {
      throwIfCancelled(start)
      const length = Math.min(STARTS_AT_A_TIME, count - started)
      const starts = Array.from({ length }, (_, i) =>
        startPartition({ topic, partition: first + started + i }, config, listener, hosting),
      )
      const settled = await Promise.allSettled(starts)
      for (const outcome of settled) {
        if (outcome.status === 'fulfilled') partitions.push(outcome.value)
      }
      const failed = settled.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    }
    if (config.gatingGroups.length > 0) {
      await listener.registerGatingGroups(config.gatingGroups, partitions)
    }
    throwIfCancelled(start)
    return partitions
  } catch (error) {
    await Promise.all(partitions.map(({ host }) => host.terminate()))
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
  let isStarted = false
  const host = await PartitionHost.start({
    ...at,
    config,
    ...hosting,
    memory,
    producerTable: createProducerTableMemory(),
    doorbell: workerDoorbell.memory,
    attached: NO_ATTACHMENTS,
    onCrash: (error) => {
      stateWord.setOffline()
      if (isStarted) listener.onCrash(error)
    },
    onEvent: (event) => listener.onEvent(event),
  })
  isStarted = true
  void host.ended.then(() => listener.onEnded())
  const reader = openLogReader(memory)
  return { ...at, memory, reader, workerDoorbell, stateWord, host }
}

/**
 * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION when the topic was deleted, PARTITION_OFFLINE when
 *   the partition's worker has died.
 */
export function assertOnline({ topic, partition, stateWord, host }: Partition): void {
  if (stateWord.isDeleted) throw topicDeleted(topic)
  if (host.state === 'ready') return
  throw partitionOffline(topic, partition, `: state=${host.state}`)
}

export function describePartition({ partition, host }: Partition): PartitionDescription {
  return { partition, state: host.state === 'ready' ? 'online' : 'offline' }
}
