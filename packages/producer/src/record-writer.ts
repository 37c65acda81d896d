import {
  RinglogError,
  assertTopicName,
  checkPartition,
  show,
  type Data,
  type ProducerRecord,
} from '@ringlog/core/internal'
import type { Backlog } from './backlog.ts'
import type { WaitOptions } from './producer-like.ts'
import type { RecordAccumulator } from './record-accumulator.ts'
import type { TopicAccumulator } from './topic-accumulator.ts'

/**
 * Writes values to one partition, or to one topic: what `Producer.write` looks up for each record is looked up
 * once, and no object is made for a record. The fastest path of a record.
 *
 * A writer is a view of its producer, and holds nothing: it need not be closed, records of both go in the
 * order of the calls, and `flush`, `close`, errors and metrics are the producer's.
 *
 * Thread: the producer's.
 */
export interface RecordWriter<K = Data | null, V = Data | null> {
  readonly topic: string
  /** `null`: the producer's partitioner chooses one for each record. */
  readonly partition: number | null
  /**
   * Sends a record that nobody awaits, as `Producer.write` does: `false` means stop until `drained()`, the
   * record is taken all the same.
   *
   * @param value Copied before the call returns.
   * @param key Likewise; absent or `null`: none.
   * @throws RinglogError as `Producer.write`; the record is not taken then.
   */
  write(value: V, key?: K): boolean
  /** `Producer.drained` of the partition that last made a `write` return false, this one's or the producer's. */
  drained(options?: WaitOptions): Promise<void>
}

/** What a writer needs of its producer. */
export interface WriterOwner<K, V> {
  readonly records: RecordAccumulator
  /** Whether a record may lack checks and serdes: key and value are data as they stand. */
  readonly takesPlainData: boolean
  /** Takes a record the general way, or throws. */
  take(record: ProducerRecord<K, V>): Backlog
  /** Whether a writer may go on that has written there. */
  mayGoOn(backlog: Backlog): boolean
  drained(options?: WaitOptions): Promise<void>
}

/** A writer of a producer. */
export class BoundWriter<K, V> implements RecordWriter<K, V> {
  readonly topic: string
  readonly partition: number | null
  readonly #owner: WriterOwner<K, V>
  /** Where it wrote last; of a topic that is deleted it takes nothing, and is looked up again. */
  #records: TopicAccumulator | null = null

  constructor(topic: string, partition: number | null, owner: WriterOwner<K, V>) {
    this.topic = topic
    this.partition = partition
    this.#owner = owner
  }

  write(value: V, key?: K): boolean {
    const owner = this.#owner
    const { nowMs } = owner.records
    // Read in this turn, and not since the producer was closed.
    if (nowMs !== null && this.#records !== null && owner.takesPlainData) {
      const queue = this.#records.place(this.partition, key ?? null, value, nowMs)
      if (queue !== null) return owner.mayGoOn(queue)
    }
    return this.#writeRecord(value, key)
  }

  drained(options?: WaitOptions): Promise<void> {
    return this.#owner.drained(options)
  }

  #writeRecord(value: V, key: K | undefined): boolean {
    const { topic, partition } = this
    const record = { topic, key, value, ...(partition === null ? {} : { partition }) }
    const backlog = this.#owner.take(record)
    this.#records = this.#owner.records.topic(topic)
    return this.#owner.mayGoOn(backlog)
  }
}

/**
 * What a writer is to write to, as a user gave it; without a partition the partitioner chooses.
 *
 * @throws RinglogError INVALID_REQUEST, INVALID_TOPIC_EXCEPTION.
 */
export function checkWriterTarget(to: unknown): { topic: string; partition: number | null } {
  if (typeof to !== 'string' && (typeof to !== 'object' || to === null)) {
    throw new RinglogError(
      'INVALID_REQUEST',
      `writer() takes the name of a topic or { topic, partition }, got ${show(to)}`,
    )
  }
  const target = typeof to === 'string' ? { topic: to, partition: null } : checkPartition(to)
  assertTopicName(target.topic)
  return target
}
