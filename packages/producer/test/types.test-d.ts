import { serdes, type Data, type LogClient, type ProducerRecord, type Serde } from '@ringlog/core'
import {
  Producer,
  type ProducerConfig,
  type ProducerLike,
  type RecordWriter,
} from '@ringlog/producer'
import { expectTypeOf } from 'vitest'

/** Checked by the compiler, with the rest of the tests; nothing of it runs. */
declare const client: LogClient
interface Order {
  id: number
}

// Without serdes: strings and bytes.
const plain = new Producer(client)
expectTypeOf(plain).toEqualTypeOf<Producer>()
expectTypeOf<Parameters<typeof plain.send>[0]>().toEqualTypeOf<ProducerRecord>()
plain.write({ topic: 'orders', key: 'k', value: new Uint8Array(1) })
plain.write({ topic: 'orders', value: null })
// @ts-expect-error a number needs a serde
plain.write({ topic: 'orders', value: 5 })
// @ts-expect-error there is no record without a value
plain.write({ topic: 'orders' })

// The types of the serdes carry through.
const typed = new Producer(client, { keySerde: serdes.number, valueSerde: serdes.json<Order>() })
expectTypeOf(typed).toEqualTypeOf<Producer<number | null, Order>>()
expectTypeOf<Parameters<typeof typed.tryWrite>[0]>().toEqualTypeOf<
  ProducerRecord<number | null, Order>
>()
void typed.send({ topic: 'orders', key: 5, value: { id: 1 } })
typed.write({ topic: 'orders', value: { id: 1 } })
// @ts-expect-error a string is no number
typed.write({ topic: 'orders', key: 'k', value: { id: 1 } })
// @ts-expect-error an order has an id
typed.write({ topic: 'orders', value: {} })

// One serde leaves the other side as it is.
const keyed = new Producer(client, { keySerde: serdes.string })
expectTypeOf(keyed).toEqualTypeOf<Producer<string | null>>()
const valued = new Producer(client, { valueSerde: serdes.structured<Map<string, Date>>() })
expectTypeOf(valued).toEqualTypeOf<Producer<Data | null, Map<string, Date>>>()

// A serde of one's own.
const own: Serde<Order> = {
  serialize: ({ id }) => String(id),
  deserialize: (bytes) => ({ id: Number(bytes) }),
}
expectTypeOf(new Producer(client, { valueSerde: own })).toEqualTypeOf<
  Producer<Data | null, Order>
>()

// What a producer is used through.
expectTypeOf(typed).toExtend<ProducerLike<number | null, Order>>()
expectTypeOf<Producer>().toExtend<AsyncDisposable>()

// Words that are not among the options.
const faulty: ProducerConfig[] = [
  // @ts-expect-error
  { acks: 2 },
  // @ts-expect-error
  { compression: 'brotli' },
  // @ts-expect-error
  { partitioner: 'random' },
]
void faulty

// A writer has the types of its producer.
expectTypeOf(plain.writer('orders')).toEqualTypeOf<RecordWriter>()
const writer = typed.writer({ topic: 'orders', partition: 0 })
expectTypeOf(writer).toEqualTypeOf<RecordWriter<number | null, Order>>()
writer.write({ id: 1 }, 5)
// @ts-expect-error a string is no order
writer.write('order')
// @ts-expect-error a partition has a topic
plain.writer({ partition: 0 })
