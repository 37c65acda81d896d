import { laneBytesFor, partitionName, type TopicPartition } from '@ringlog/core/internal'
import type { ResolvedProducerConfig } from './config.ts'

/**
 * Says which partitions get a lane, and how large: all of a producer's lanes together stay within its
 * `bufferMemoryBytes`. The partitions beyond stay on RPC. A partition keeps what it got, also where
 * its lane is opened anew, until its topic is forgotten.
 */
export class LaneBudget {
  readonly #config: ResolvedProducerConfig
  readonly #taken = new Map<string, { topic: string; laneBytes: number }>()
  #leftBytes: number

  constructor(config: ResolvedProducerConfig) {
    this.#config = config
    this.#leftBytes = config.transport === 'rpc' ? 0 : config.bufferMemoryBytes
  }

  /**
   * The size of a partition's lane; `null`: there is none to be had.
   *
   * @param partitions How many its topic has.
   */
  laneBytesOf({ topic, partition }: TopicPartition, partitions: number): number | null {
    const name = partitionName(topic, partition)
    const taken = this.#taken.get(name)
    if (taken !== undefined) return taken.laneBytes
    const { bufferMemoryBytes, batchSizeBytes } = this.#config
    const laneBytes = laneBytesFor({ bufferMemoryBytes, partitions, batchSizeBytes })
    if (laneBytes > this.#leftBytes) return null
    this.#leftBytes -= laneBytes
    this.#taken.set(name, { topic, laneBytes })
    return laneBytes
  }

  /** A topic was deleted: what its lanes had can be given to others. */
  forget(topic: string): void {
    for (const [name, taken] of this.#taken) {
      if (taken.topic !== topic) continue
      this.#taken.delete(name)
      this.#leftBytes += taken.laneBytes
    }
  }
}
