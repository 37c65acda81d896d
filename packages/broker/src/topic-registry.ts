import {
  Doorbell,
  PartitionStateWord,
  RingLogReader,
  RinglogError,
  assertTopicName,
  clearTimer,
  createRingLogMemory,
  monotonicMs,
  partitionName,
  resolveTopicConfig,
  setTimer,
  type PartitionOffsets,
  type ResolvedTopicConfig,
  type TopicConfig,
  type TopicDescription,
  type TopicMetadata,
  type TopicPartition,
} from '@ringlog/core/internal'
import { PartitionHost } from '@ringlog/partition-worker'

/** So many threads are started at a time: more would only make each of them late. */
const STARTS_AT_A_TIME = 8

/** A partition, as the controller keeps it. Its memory outlives its worker. */
export interface Partition extends TopicPartition {
  readonly memory: SharedArrayBuffer
  readonly workerDoorbell: Doorbell
  readonly stateWord: PartitionStateWord
  readonly host: PartitionHost
}

interface Topic {
  readonly name: string
  readonly config: ResolvedTopicConfig
  readonly partitions: readonly Partition[]
}

/** A client that wants to know of a topic which does not exist yet. */
interface MetadataWaiter {
  readonly topic: string
  resolve(metadata: TopicMetadata): void
  reject(error: RinglogError): void
  readonly timer: NodeJS.Timeout
}

/**
 * The topics of a broker, and the hosts of their partitions' threads.
 *
 * Thread: the controller's.
 */
export class TopicRegistry {
  readonly #maxPartitions: number
  readonly #onPartitionCrash: (partition: Partition, error: RinglogError) => void
  readonly #topics = new Map<string, Topic>()
  /** Topics whose workers are still starting, with the number of their partitions. */
  readonly #starting = new Map<string, number>()
  readonly #waiters = new Set<MetadataWaiter>()
  #closedError: RinglogError | null = null

  constructor(
    maxPartitions: number,
    onPartitionCrash: (partition: Partition, error: RinglogError) => void,
  ) {
    this.#maxPartitions = maxPartitions
    this.#onPartitionCrash = onPartitionCrash
  }

  /** @throws RinglogError as `Admin.createTopic` says. */
  async create(name: unknown, given: TopicConfig | undefined): Promise<TopicDescription> {
    assertTopicName(name)
    if (this.#topics.has(name) || this.#starting.has(name)) {
      throw new RinglogError('TOPIC_ALREADY_EXISTS', `topic ${name} exists`, {
        details: { topic: name },
      })
    }
    const config = resolveTopicConfig(given, this.#maxPartitions - this.#partitionCount())
    this.#starting.set(name, config.partitions)
    try {
      const partitions = await this.#startPartitions(name, config)
      if (this.#closedError !== null) {
        await Promise.all(partitions.map(({ host }) => host.terminate()))
        throw this.#closedError
      }
      const topic: Topic = { name, config, partitions }
      this.#topics.set(name, topic)
      this.#answerWaiters(topic)
      return describe(topic)
    } finally {
      this.#starting.delete(name)
    }
  }

  list(): string[] {
    return [...this.#topics.keys()].sort()
  }

  describe(name: string): TopicDescription {
    return describe(this.#topic(name))
  }

  offsets(name: string): PartitionOffsets[] {
    return this.#topic(name).partitions.map(offsetsOf)
  }

  /** Resolves once the topic exists. */
  metadata(name: string, deadlineMs: number): Promise<TopicMetadata> {
    assertTopicName(name)
    const topic = this.#topics.get(name)
    if (topic !== undefined) return Promise.resolve(metadataOf(topic))
    return new Promise((resolve, reject) => {
      const waiter: MetadataWaiter = {
        topic: name,
        resolve,
        reject,
        timer: setTimer(
          () => {
            this.#waiters.delete(waiter)
            reject(unknownTopic(name))
          },
          Math.max(0, deadlineMs - monotonicMs()),
        ),
      }
      this.#waiters.add(waiter)
    })
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  partition({ topic, partition }: TopicPartition): Partition {
    const found = this.#topic(topic).partitions[partition]
    if (found !== undefined) return found
    throw new RinglogError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `topic ${topic} has no partition ${partition}: partitions=${this.#topic(topic).partitions.length}`,
      { details: { topic, partition } },
    )
  }

  /** Ends every partition's thread, and whoever waits for a topic. */
  async close(deadlineMs: number, error: RinglogError): Promise<void> {
    this.#closedError = error
    for (const waiter of this.#waiters) {
      clearTimer(waiter.timer)
      waiter.reject(error)
    }
    this.#waiters.clear()
    const partitions = [...this.#topics.values()].flatMap((topic) => topic.partitions)
    await Promise.all(partitions.map(({ host }) => host.close(deadlineMs)))
  }

  #topic(name: string): Topic {
    assertTopicName(name)
    const topic = this.#topics.get(name)
    if (topic === undefined) throw unknownTopic(name)
    return topic
  }

  #partitionCount(): number {
    let count = 0
    for (const topic of this.#topics.values()) count += topic.partitions.length
    for (const partitions of this.#starting.values()) count += partitions
    return count
  }

  async #startPartitions(topic: string, config: ResolvedTopicConfig): Promise<Partition[]> {
    const partitions: Partition[] = []
    try {
      for (let first = 0; first < config.partitions; first += STARTS_AT_A_TIME) {
        const count = Math.min(STARTS_AT_A_TIME, config.partitions - first)
        const starts = Array.from({ length: count }, (_, i) =>
          this.#startPartition({ topic, partition: first + i }, config),
        )
        const settled = await Promise.allSettled(starts)
        for (const start of settled) if (start.status === 'fulfilled') partitions.push(start.value)
        const failed = settled.find((start) => start.status === 'rejected')
        if (failed !== undefined) throw failed.reason
      }
      return partitions
    } catch (error) {
      await Promise.all(partitions.map(({ host }) => host.terminate()))
      throw error
    }
  }

  async #startPartition(at: TopicPartition, config: ResolvedTopicConfig): Promise<Partition> {
    const memory = createRingLogMemory(config.ringBytes)
    const workerDoorbell = new Doorbell()
    const stateWord = new PartitionStateWord(memory)
    let started: Partition | null = null
    const host = await PartitionHost.start({
      ...at,
      config,
      memory,
      doorbell: workerDoorbell.memory,
      onCrash: (error) => {
        stateWord.setOffline()
        if (started !== null) this.#onPartitionCrash(started, error)
      },
    })
    started = { ...at, memory, workerDoorbell, stateWord, host }
    return started
  }

  #answerWaiters(topic: Topic): void {
    for (const waiter of this.#waiters) {
      if (waiter.topic !== topic.name) continue
      this.#waiters.delete(waiter)
      clearTimer(waiter.timer)
      waiter.resolve(metadataOf(topic))
    }
  }
}

/** @throws RinglogError PARTITION_OFFLINE when the partition's worker has died. */
export function assertOnline({ topic, partition, host }: Partition): void {
  if (host.state === 'ready') return
  throw new RinglogError(
    'PARTITION_OFFLINE',
    `partition ${partitionName(topic, partition)} has no running worker: state=${host.state}`,
    { details: { topic, partition } },
  )
}

function describe({ name, config, partitions }: Topic): TopicDescription {
  return {
    name,
    config,
    partitions: partitions.map(({ partition, host }) => ({
      partition,
      state: host.state === 'ready' ? 'online' : 'offline',
    })),
  }
}

function metadataOf({ name, config, partitions }: Topic): TopicMetadata {
  return {
    topic: name,
    partitionCount: partitions.length,
    maxMessageBytes: config.maxMessageBytes,
  }
}

function offsetsOf({ partition, memory }: Partition): PartitionOffsets {
  const reader = new RingLogReader(memory)
  const { logStartOffset, endOffset } = reader
  return {
    partition,
    logEndOffset: endOffset - 1,
    currentOffset: -1,
    committedOffset: -1,
    logStartOffset,
    endOffset,
    position: null,
    committed: null,
    lag: endOffset - logStartOffset,
  }
}

function unknownTopic(topic: string): RinglogError {
  return new RinglogError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${topic}`, {
    details: { topic },
  })
}
