import {
  PartitionCountWord,
  topicDeleted,
  unknownPartition,
  type ResolvedTopicConfig,
  type TopicDescription,
} from '@ringlog/core/internal'
import type { TopicMemory } from '../../wire/controller-service.ts'
import { describePartition, type Partition } from './partition.ts'

/**
 * A topic, as the controller keeps it. A topic that is deleted stays so: one that is created later
 * under the same name is another.
 *
 * Thread: the controller's.
 */
export class Topic {
  readonly name: string
  /** Kafka's: tells it from topics that had its name before. */
  readonly topicId: string
  readonly #countWord = new PartitionCountWord()
  #config: ResolvedTopicConfig
  #partitions: readonly Partition[]
  #lastChange: Promise<unknown> = Promise.resolve()

  constructor(
    name: string,
    topicId: string,
    config: ResolvedTopicConfig,
    partitions: readonly Partition[],
  ) {
    this.name = name
    this.topicId = topicId
    this.#config = config
    this.#partitions = partitions
    this.#countWord.setCount(partitions.length)
  }

  /** The configuration, with the number of partitions that there are now. */
  get config(): ResolvedTopicConfig {
    return this.#config
  }

  get partitions(): readonly Partition[] {
    return this.#partitions
  }

  get isDeleted(): boolean {
    return this.#countWord.isDeleted
  }

  /**
   * Makes a change once those before it are made: one at a time, in the order of the calls.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION when the topic was deleted meanwhile; what `make`
   *   throws.
   */
  change<T>(make: () => Promise<T>): Promise<T> {
    const made = this.#lastChange.then(() => {
      if (this.isDeleted) throw topicDeleted(this.name)
      return make()
    })
    this.#lastChange = made.catch(() => undefined)
    return made
  }

  /** The configuration that it will have with so many partitions. */
  configWith(partitions: number): ResolvedTopicConfig {
    return Object.freeze({ ...this.#config, partitions })
  }

  /** Makes these partitions part of the topic, also for clients, which read the count in shared memory. */
  add(partitions: readonly Partition[]): void {
    this.#partitions = [...this.#partitions, ...partitions]
    this.#config = this.configWith(this.#partitions.length)
    this.#countWord.setCount(this.#partitions.length)
  }

  /**
   * Marks the topic as deleted, also for clients, which read that in shared memory. Readers are to be rung
   * after this.
   */
  delete(): void {
    this.#countWord.setDeleted()
    for (const { stateWord } of this.#partitions) stateWord.setDeleted()
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  partition(partition: number): Partition {
    const found = Number.isInteger(partition) ? this.#partitions[partition] : undefined
    if (found !== undefined) return found
    throw unknownPartition(this.name, partition, this.#partitions.length)
  }

  description(): TopicDescription {
    return {
      name: this.name,
      topicId: this.topicId,
      config: this.#config,
      partitions: this.#partitions.map(describePartition),
    }
  }

  metadata(): TopicMemory {
    return {
      topic: this.name,
      partitionCount: this.#partitions.length,
      partitionCountWord: this.#countWord.memory,
      maxMessageBytes: this.#config.maxMessageBytes,
    }
  }
}
