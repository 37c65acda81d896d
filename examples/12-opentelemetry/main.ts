/**
 * One trace through three threads' work: an order is sent here, handled by a pool's thread, which sends an invoice,
 * which is read here. The trace travels in the headers of the records.
 */
import assert from 'node:assert/strict'
import { trace } from '@opentelemetry/api'
import { Broker, Consumer, ConsumerPool, Producer, type ConsumerRecord } from 'ringlog'
import { traceHandler, traceProducer } from 'ringlog/opentelemetry'
import { steps, type Step } from './tracing.ts'

await using broker = await Broker.start()
await broker.createTopic('orders')
await broker.createTopic('invoices')
const pool = await ConsumerPool.start(broker, {
  groupId: 'billing',
  topics: ['orders'],
  handler: new URL('./handler.ts', import.meta.url),
  threads: 1,
})

const producer = traceProducer(new Producer(broker), { clientId: 'shop' })
await trace.getTracer('example').startActiveSpan('POST /orders', async (span) => {
  await producer.send({ topic: 'orders', key: 'A-1', value: 'two chairs' })
  span.end()
})

const file = traceHandler((record: ConsumerRecord) => String(record.value))
const consumer = new Consumer(broker)
await consumer.assign([{ topic: 'invoices', partition: 0 }])
const [invoice] = await consumer.poll()
assert.equal(file(invoice!), 'invoice for two chairs')

const all = [...steps(), ...(await pool.run<Step[]>({ topic: 'orders', value: 'spans?' }))]
await pool.close()

let step: Step | undefined = all.find(({ parentId }) => parentId === null)
const path: string[] = []
for (let depth = 0; step !== undefined; depth++) {
  const { name, spanId, traceId }: Step = step
  assert.equal(traceId, all[0]!.traceId)
  path.push(name)
  console.log(`${'  '.repeat(depth)}${name}`)
  step = all.find(({ parentId }) => parentId === spanId)
}
assert.deepEqual(path, [
  'POST /orders',
  'send orders',
  'process orders',
  'send invoices',
  'process invoices',
])
