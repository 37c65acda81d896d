/** What the types promise; checked with all other types, never run. */
import type { Consumer, ConsumerLike, ConsumerRecords } from '@ringlog/consumer'
import { serdes } from '@ringlog/core'
import type { Producer, ProducerLike } from '@ringlog/producer'
import { MockConsumer, MockProducer, VirtualClock, type Clock } from '@ringlog/testing'
import { expectTypeOf } from 'vitest'

interface Order {
  id: string
}

// Mocks are what application code asks for, as the real ones are.
expectTypeOf<Producer>().toExtend<ProducerLike>()
expectTypeOf<Consumer>().toExtend<ConsumerLike>()
expectTypeOf(new MockProducer()).toExtend<ProducerLike>()
expectTypeOf(new MockConsumer()).toExtend<ConsumerLike>()
expectTypeOf(new VirtualClock()).toExtend<Clock>()

// A serde's type carries through.
const config = { keySerde: serdes.string, valueSerde: serdes.json<Order>() }
const producer = new MockProducer(config)
const consumer = new MockConsumer(config)
expectTypeOf(producer).toExtend<ProducerLike<string | null, Order>>()
expectTypeOf(consumer).toExtend<ConsumerLike<string | null, Order>>()
expectTypeOf(producer.history()[0]!.value).toEqualTypeOf<Order>()
expectTypeOf(consumer.poll()).resolves.toEqualTypeOf<ConsumerRecords<string | null, Order>>()

const at = { topic: 't', partition: 0 }
consumer.addRecord({ ...at, key: 'k', value: { id: 'A' } })
// @ts-expect-error: no order
consumer.addRecord({ ...at, value: 'A' })

// Without serdes bytes are given as bytes, strings or null.
const plain = new MockConsumer()
plain.addRecord({ ...at, value: 'text' })
plain.addRecord({ ...at, key: null, value: new Uint8Array(1) })
// @ts-expect-error: no bytes
plain.addRecord({ ...at, value: { id: 'A' } })
