import type { ConsumerRecord, ConsumerRecords, Consumer, TopicPartition } from 'ringlog'
import { nameOfValue } from './record-value.ts'
import type { ActorContext } from './actor-context.ts'
import type { Member } from './rebalance-recorder.ts'

interface Handed {
  readonly topic: string
  readonly partition: number
  readonly offsets: number[]
  readonly records: string[]
}

/** Writes down what a consumer was handed, whatever way it looks at it. */
export class HandedRecords {
  readonly #context: ActorContext
  readonly #member: Member
  readonly #handed = new Map<string, Handed>()
  /** The next offset to commit when all that was handed out is done, by partition. */
  readonly #next = new Map<string, { topic: string; partition: number; offset: number }>()

  constructor(context: ActorContext, member: Member) {
    this.#context = context
    this.#member = member
  }

  /** @param since When the poll began. */
  polled(
    consumer: Consumer,
    records: ConsumerRecords,
    walk: 'iterate' | 'cursor' | 'records',
    since: number,
  ): void {
    if (walk === 'iterate') for (const record of records) this.#look(record)
    else if (walk === 'records') {
      for (const partition of records.partitions) {
        for (const record of records.records(partition)) this.#look(record)
      }
    } else {
      const cursor = consumer.cursor(records)
      while (cursor.next()) {
        const { topic, partition, offset, bytes, valueStart, valueLength } = cursor
        const value = Buffer.from(bytes.buffer, bytes.byteOffset + valueStart, valueLength)
        this.#take(topic, partition, offset, value.toString())
      }
    }
    this.#write(since)
  }

  one(record: ConsumerRecord, since: number): void {
    this.#look(record)
    this.#write(since)
  }

  /**
   * What was handed out of partitions that are taken away is not committed any more: when they come
   * back, they may be those of another topic of that name, which has fewer records.
   */
  forget(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.#next.delete(`${topic}-${partition}`)
  }

  /** What to commit for all that was handed out since this was asked last, and is still assigned. */
  takeOffsets(): Array<{ topic: string; partition: number; offset: number }> {
    const offsets = this.#member.consumer
      .assignment()
      .map(({ topic, partition }) => this.#next.get(`${topic}-${partition}`))
      .filter((offset) => offset !== undefined)
    this.#next.clear()
    return offsets
  }

  #look({ topic, partition, offset, value }: ConsumerRecord): void {
    this.#take(topic, partition, offset, String(value))
  }

  #take(topic: string, partition: number, offset: number, value: string): void {
    const { actor, group } = this.#member
    const name = nameOfValue(value)
    if (name === null) {
      const text = value.slice(0, 200)
      this.#context.history.write({
        type: 'garbled',
        actor,
        group,
        topic,
        partition,
        offset,
        text,
      })
    }
    const key = `${topic}-${partition}`
    const handed = this.#handed.get(key) ?? { topic, partition, offsets: [], records: [] }
    this.#handed.set(key, handed)
    handed.offsets.push(offset)
    handed.records.push(name ?? '')
    this.#next.set(key, { topic, partition, offset: offset + 1 })
  }

  #write(since: number): void {
    const { actor, group } = this.#member
    for (const handed of this.#handed.values()) {
      this.#context.history.write({ type: 'handed', actor, group, since, ...handed })
    }
    this.#handed.clear()
  }
}
