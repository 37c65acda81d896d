import { Consumer, Producer, type Broker, type TopicPartition } from 'ringlog'

/**
 * A table of keys and values, which outlives the process: each change is a record of a compacted topic, and the table is
 * what its records make of it, from the first to the last.
 */
export class Table {
  readonly #at: TopicPartition
  readonly #producer: Producer
  readonly #rows: Map<string, string>
  /** How many records it was rebuilt from. */
  readonly recordCount: number

  /** Creates the topic where there is none, and rebuilds the table from it. */
  static async open(broker: Broker, topic: string): Promise<Table> {
    if (!(await broker.listTopics()).includes(topic)) {
      // Small segments and an impatient cleaner, so that it can be seen at work.
      await broker.createTopic(topic, {
        cleanupPolicy: 'compact',
        segmentBytes: 1024 * 1024,
        minCleanableDirtyRatio: 0.1,
      })
    }
    const at = { topic, partition: 0 }
    const rows = new Map<string, string>()
    let recordCount = 0
    await using consumer = new Consumer(broker, { autoOffsetReset: 'earliest' })
    await consumer.assign([at])
    const [end] = await consumer.endOffsets([at])
    while (consumer.position(at) < end!.offset) {
      for (const { key, value } of await consumer.poll()) {
        recordCount++
        if (value === null) rows.delete(String(key))
        else rows.set(String(key), String(value))
      }
    }
    return new Table(broker, at, rows, recordCount)
  }

  private constructor(
    broker: Broker,
    at: TopicPartition,
    rows: Map<string, string>,
    recordCount: number,
  ) {
    this.#at = at
    this.#producer = new Producer(broker)
    this.#rows = rows
    this.recordCount = recordCount
  }

  get size(): number {
    return this.#rows.size
  }

  get(key: string): string | undefined {
    return this.#rows.get(key)
  }

  /** Resolves once the change outlives the process. */
  async set(key: string, value: string): Promise<void> {
    this.#rows.set(key, value)
    await this.#producer.send({ ...this.#at, key, value })
  }

  /** A record without a value: what there is of the key goes, and in a day the record itself. */
  async delete(key: string): Promise<void> {
    this.#rows.delete(key)
    await this.#producer.send({ ...this.#at, key, value: null })
  }
}
