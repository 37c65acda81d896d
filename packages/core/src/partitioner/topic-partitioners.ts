import type { FillingBatch, PartitionerName, TopicPartitioner } from './partitioner.ts'

/**
 * `"default"`: a key decides by its hash, as in Kafka; without a key, round robin from partition 0,
 * by a counter that keyed and refused records do not move.
 *
 * `"roundRobin"`: partition 0, 1, 2, … whatever the key. Every taken record moves the counter.
 */
class RoundRobinPartitioner implements TopicPartitioner {
  readonly usesKey: boolean
  #next = 0

  constructor(usesKey: boolean) {
    this.usesKey = usesKey
  }

  choose(partitionCount: number): number {
    if (this.#next >= partitionCount) this.#next = 0
    return this.#next
  }

  onAppended(isKeyed: boolean): void {
    if (!isKeyed || !this.usesKey) this.#next++
  }
}

/**
 * `"sticky"`: a key decides by its hash; records without one stay on a partition until a batch's
 * worth of bytes has gone there, so that batches are full; then another is drawn at random.
 *
 * The switch waits until the batch that filled is really ready, so as not to leave a small one
 * behind; but no longer than for twice the bytes. For example with 16 KiB batches: after 16 KiB the
 * partition is changed as soon as a batch of it is full, and after 32 KiB in any case.
 *
 * Source: KIP-480, KIP-794; Apache Kafka, `producer/internals/BuiltInPartitioner.java`.
 */
class StickyPartitioner implements TopicPartitioner {
  readonly usesKey = true
  readonly #stickyBytes: number
  readonly #random: () => number
  #partition = -1
  #partitionCount = 1
  #producedBytes = 0

  constructor(stickyBytes: number, random: () => number) {
    this.#stickyBytes = stickyBytes
    this.#random = random
  }

  choose(partitionCount: number): number {
    if (this.#partition < 0 || this.#partition >= partitionCount) this.#draw(partitionCount)
    this.#partitionCount = partitionCount
    return this.#partition
  }

  onAppended(isKeyed: boolean, batch: FillingBatch): void {
    if (isKeyed) return
    this.#producedBytes += batch.lastRecordBytes
    const enough = this.#producedBytes >= this.#stickyBytes && batch.isOpenFull
    if (enough || this.#producedBytes >= 2 * this.#stickyBytes) this.#draw(this.#partitionCount)
  }

  /** Draws among the other partitions: the one that was just filled is not drawn again. */
  #draw(partitionCount: number): void {
    this.#producedBytes = 0
    if (this.#partition < 0 || this.#partition >= partitionCount || partitionCount === 1) {
      this.#partition = Math.floor(this.#random() * partitionCount)
      return
    }
    const drawn = Math.floor(this.#random() * (partitionCount - 1))
    this.#partition = drawn >= this.#partition ? drawn + 1 : drawn
  }
}

/**
 * Makes the built-in partitioner of that name for one topic of one producer.
 *
 * @param stickyBytes The producer's `batchSizeBytes`.
 * @param random From 0 to 1, exclusive; given by tests.
 */
export function createTopicPartitioner(
  name: PartitionerName,
  stickyBytes: number,
  random: () => number = Math.random,
): TopicPartitioner {
  if (name === 'sticky') return new StickyPartitioner(stickyBytes, random)
  return new RoundRobinPartitioner(name === 'default')
}
