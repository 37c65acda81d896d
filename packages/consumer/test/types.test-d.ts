/** What the types promise; checked with all other types, never run. */
import {
  Consumer,
  type ConsumerLike,
  type ConsumerMetrics,
  type ConsumerRecord,
  type ConsumerRecords,
  type PartitionOffset,
  type PlainRecord,
} from '@ringlog/consumer'
import { serdes, type LogClient, type Serde, type TopicPartition } from '@ringlog/core'
import { Readable } from 'node:stream'
import { expectTypeOf } from 'vitest'

declare const client: LogClient
interface Order {
  id: string
}
type Bytes = Buffer | null

// Without serdes a consumer gives bytes.
const plain = new Consumer(client)
expectTypeOf(plain).toEqualTypeOf<Consumer>()
expectTypeOf(plain).toEqualTypeOf<Consumer<Bytes, Bytes>>()
expectTypeOf(plain.poll()).resolves.toEqualTypeOf<ConsumerRecords<Bytes, Bytes>>()
expectTypeOf(new Consumer(client, { maxPollRecords: 1 })).toEqualTypeOf<Consumer>()

// A serde's type carries through to every way to the records.
const typed = new Consumer(client, {
  keySerde: serdes.string,
  valueSerde: serdes.json<Order>(),
})
type TypedRecord = ConsumerRecord<string | null, Order>
expectTypeOf(typed).toEqualTypeOf<Consumer<string | null, Order>>()
expectTypeOf(typed.pollSync()).toExtend<Iterable<TypedRecord>>()
expectTypeOf(typed.pollSync().records({ topic: 't', partition: 0 })).toEqualTypeOf<TypedRecord[]>()
expectTypeOf(typed).toExtend<AsyncIterable<TypedRecord>>()
declare const record: TypedRecord
expectTypeOf(record.key).toEqualTypeOf<string | null>()
expectTypeOf(record.value).toEqualTypeOf<Order>()
expectTypeOf(record.copy()).toEqualTypeOf<PlainRecord<string | null, Order>>()
expectTypeOf(record.headers).toEqualTypeOf<ReadonlyArray<readonly [string, Bytes]>>()

// One of them alone leaves the other as bytes.
expectTypeOf(new Consumer(client, { valueSerde: serdes.number })).toEqualTypeOf<
  Consumer<Bytes, number | null>
>()

// The records of one consumer are not those of another type.
declare const orders: ConsumerRecords<string | null, Order>
typed.cursor(orders)
// @ts-expect-error: bytes are no orders
typed.cursor(plain.pollSync())

// A record is read, not written.
// @ts-expect-error: offset is read-only
record.offset = 1

// A consumer is what application code asks for, and so is a double.
expectTypeOf(typed).toExtend<ConsumerLike<string | null, Order>>()
expectTypeOf<Consumer>().toExtend<ConsumerLike>()
declare const serde: Serde<Order>
// @ts-expect-error: a serde of other keys
new Consumer<string, Order>(client, { keySerde: serde, valueSerde: serde })

/** A double for tests of application code: a handful of lines, and no cast. */
class FixedRecords implements ConsumerLike<string, number> {
  readonly #records: Array<ConsumerRecord<string, number>> = []
  subscribe = (): Promise<void> => Promise.resolve()
  unsubscribe = (): Promise<void> => Promise.resolve()
  commit = (): Promise<void> => Promise.resolve()
  committed = (): Promise<number | null> => Promise.resolve(null)
  assign = (): Promise<void> => Promise.resolve()
  assignment = (): TopicPartition[] => []
  poll(): Promise<ConsumerRecords<string, number>> {
    const records = this.#records
    return Promise.resolve({
      count: records.length,
      partitions: [],
      records: () => records,
      [Symbol.iterator]: () => records.values(),
    })
  }
  seek = (): void => undefined
  seekToBeginning = (): Promise<void> => Promise.resolve()
  seekToEnd = (): Promise<void> => Promise.resolve()
  position = (): number => 0
  currentOffset = (): number => -1
  lag = (): number => 0
  beginningOffsets = (): Promise<PartitionOffset[]> => Promise.resolve([])
  endOffsets = (): Promise<PartitionOffset[]> => Promise.resolve([])
  offsetsForTimes = (): Promise<Array<PartitionOffset | null>> => Promise.resolve([])
  pause = (): void => undefined
  resume = (): void => undefined
  paused = (): TopicPartition[] => []
  wakeup = (): void => undefined
  metrics(): ConsumerMetrics {
    throw new Error('not asked for in these tests')
  }
  toReadable = (): Readable => Readable.from(this.#records)
  close = (): Promise<void> => Promise.resolve()
  async *[Symbol.asyncIterator](): AsyncIterator<ConsumerRecord<string, number>> {
    yield* this.#records
  }
}
expectTypeOf<FixedRecords>().toExtend<ConsumerLike<string, number>>()
