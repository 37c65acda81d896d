import {
  RinglogError,
  createTopicPartitioner,
  partitionOfKey,
  show,
  type Data,
  type FillingBatch,
  type Partitioner,
  type PartitionerName,
  type TopicPartitioner,
} from '@ringlog/core/internal'

/** Up to this many characters a loop is quicker than a call into native code. */
const SHORT_KEY_LENGTH = 10
/** The most bytes that one UTF-16 code unit takes as UTF-8. */
const MAX_BYTES_PER_UNIT = 3

/**
 * Chooses the partition of each record of one topic, by the partitioner that the producer was
 * configured with.
 */
export class TopicRouter {
  readonly #topic: string
  readonly #builtIn: TopicPartitioner | null
  readonly #custom: Partitioner | null
  #keyScratch = Buffer.allocUnsafe(256)

  constructor(topic: string, partitioner: PartitionerName | Partitioner, batchSizeBytes: number) {
    this.#topic = topic
    const isBuiltIn = typeof partitioner === 'string'
    this.#builtIn = isBuiltIn ? createTopicPartitioner(partitioner, batchSizeBytes) : null
    this.#custom = isBuiltIn ? null : partitioner
  }

  /**
   * The partition for a record that names none.
   *
   * @throws RinglogError INVALID_REQUEST when a custom partitioner's answer is not one of the
   *   topic's partitions; whatever it throws itself.
   */
  choose(key: Data | null, value: Data | null, partitionCount: number): number {
    const builtIn = this.#builtIn
    if (builtIn === null) return this.#ask(key, value, partitionCount)
    if (key === null || !builtIn.usesKey) return builtIn.choose(partitionCount)
    if (partitionCount === 1) return 0 // whatever the key's hash, which takes a good part of a record's time
    if (typeof key !== 'string') return partitionOfKey(key, 0, key.length, partitionCount)
    const length = this.#encodeKey(key)
    return partitionOfKey(this.#keyScratch, 0, length, partitionCount)
  }

  /** The same, where a built-in partitioner chooses; else -1. */
  chooseBuiltIn(key: Data | null, partitionCount: number): number {
    if (this.#builtIn === null) return -1
    return key === null
      ? this.#builtIn.choose(partitionCount)
      : this.choose(key, null, partitionCount)
  }

  /** A record went where `choose` said. */
  onAppended(isKeyed: boolean, batch: FillingBatch): void {
    this.#builtIn?.onAppended(isKeyed, batch)
  }

  #ask(key: Data | null, value: Data | null, partitionCount: number): number {
    const record = { topic: this.#topic, key: toBytes(key), value: toBytes(value) }
    const partition = this.#custom!.partition(record, partitionCount)
    if (Number.isInteger(partition) && partition >= 0 && partition < partitionCount) {
      return partition
    }
    throw new RinglogError(
      'INVALID_REQUEST',
      `the partitioner's answer is outside topic ${this.#topic}: it must be an integer from 0 to ` +
        `${partitionCount - 1}, got ${show(partition)}`,
      { details: { topic: this.#topic, partition: show(partition), partitionCount } },
    )
  }

  /** Encodes a key into the scratch memory; returns its length in bytes. */
  #encodeKey(key: string): number {
    const { length } = key
    const maxBytes = length * MAX_BYTES_PER_UNIT
    if (maxBytes > this.#keyScratch.length) this.#keyScratch = Buffer.allocUnsafe(maxBytes * 2)
    const scratch = this.#keyScratch
    if (length > SHORT_KEY_LENGTH) return scratch.write(key, 0)
    for (let i = 0; i < length; i++) {
      const code = key.charCodeAt(i)
      if (code > 0x7f) return scratch.write(key, 0)
      scratch[i] = code
    }
    return length
  }
}

function toBytes(data: Data | null): Uint8Array | null {
  return typeof data === 'string' ? Buffer.from(data) : data
}
