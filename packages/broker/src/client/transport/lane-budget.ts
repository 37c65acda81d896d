import {
  laneBytesFor,
  type PartitionCount,
  type ProducerDescription,
  type TopicPartition,
} from '@ringlog/core/internal'

/**
 * Says which partitions get a lane from which producer of a client, and how large.
 *
 * Thread: the client's.
 */
export class LaneBudgets {
  readonly #budgets = new WeakMap<ProducerDescription, LaneBudget>()
  /** Of the topics that producers have asked for: the more partitions, the smaller their lanes. */
  readonly #counts = new Map<string, PartitionCount>()

  /** A producer has asked for the topic. */
  onTopic(topic: string, partitions: PartitionCount): void {
    for (const [name, { isDeleted }] of this.#counts) if (isDeleted) this.#counts.delete(name)
    this.#counts.set(topic, partitions)
  }

  /** The size of the lane from a producer to a partition; `null`: there is none to be had. */
  laneBytesOf(producer: ProducerDescription, at: TopicPartition): number | null {
    const partitions = this.#counts.get(at.topic)
    if (producer.transport === 'rpc' || partitions === undefined) return null
    let budget = this.#budgets.get(producer)
    if (budget === undefined) {
      budget = new LaneBudget(producer)
      this.#budgets.set(producer, budget)
    }
    return budget.laneBytesOf(at, partitions)
  }
}

/** The lanes to one topic. */
interface TopicLanes {
  readonly partitions: PartitionCount
  readonly bytesOf: Map<number, number>
}

/**
 * The memory of one producer's lanes: all of them together stay within its `bufferMemoryBytes`. The
 * partitions beyond stay on RPC. A partition keeps what it got, also where its lane is opened anew, until
 * its topic is deleted.
 */
class LaneBudget {
  readonly #producer: ProducerDescription
  readonly #topics = new Map<string, TopicLanes>()
  #leftBytes: number

  constructor(producer: ProducerDescription) {
    this.#producer = producer
    this.#leftBytes = producer.bufferMemoryBytes
  }

  laneBytesOf({ topic, partition }: TopicPartition, partitions: PartitionCount): number | null {
    this.#giveBackDeleted()
    const { bytesOf } = this.#lanesOf(topic, partitions)
    const taken = bytesOf.get(partition)
    if (taken !== undefined) return taken
    const { bufferMemoryBytes, batchSizeBytes } = this.#producer
    const count = Math.max(1, partitions.current)
    const laneBytes = laneBytesFor({ bufferMemoryBytes, partitions: count, batchSizeBytes })
    if (laneBytes > this.#leftBytes) return null
    this.#leftBytes -= laneBytes
    bytesOf.set(partition, laneBytes)
    return laneBytes
  }

  #lanesOf(topic: string, partitions: PartitionCount): TopicLanes {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    const lanes: TopicLanes = { partitions, bytesOf: new Map() }
    this.#topics.set(topic, lanes)
    return lanes
  }

  /** What the lanes of deleted topics had can be given to others. */
  #giveBackDeleted(): void {
    for (const [topic, { partitions, bytesOf }] of this.#topics) {
      if (!partitions.isDeleted) continue
      this.#topics.delete(topic)
      for (const laneBytes of bytesOf.values()) this.#leftBytes += laneBytes
    }
  }
}
