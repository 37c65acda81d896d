import type { ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import type { TopicPartition } from '@ringlog/core'

/** Records of one partition, for `handleBatch`. */
export class BatchRecords implements ConsumerRecords {
  readonly count: number
  readonly #records: readonly ConsumerRecord[]

  constructor(records: readonly ConsumerRecord[]) {
    this.#records = records
    this.count = records.length
  }

  get partitions(): TopicPartition[] {
    const first = this.#records[0]
    return first === undefined ? [] : [{ topic: first.topic, partition: first.partition }]
  }

  records(p: TopicPartition): ConsumerRecord[] {
    const [at] = this.partitions
    return at?.topic === p.topic && at.partition === p.partition ? [...this.#records] : []
  }

  [Symbol.iterator](): Iterator<ConsumerRecord> {
    return this.#records[Symbol.iterator]()
  }
}
