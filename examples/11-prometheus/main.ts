/**
 * A service that Prometheus watches: an HTTP endpoint with the metrics of the whole process, the pool's threads
 * included. It has a backlog, records that fail, and is scraped once by itself.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  Broker,
  Consumer,
  ConsumerPool,
  PROMETHEUS_CONTENT_TYPE,
  Producer,
  prometheusMetrics,
} from 'ringlog'

const SHOWN = ['ringlog_group_lag_records', 'ringlog_handler_dead_lettered_records_total']

await using broker = await Broker.start()
await broker.createTopic('orders', { partitions: 2 })
await broker.createTopic('given-up')

const server = createServer((request, response) => {
  if (request.url !== '/metrics') {
    response.writeHead(404).end()
    return
  }
  prometheusMetrics(broker).then(
    (text) => response.setHeader('content-type', PROMETHEUS_CONTENT_TYPE).end(text),
    (error: Error) => response.writeHead(503).end(error.message),
  )
})
await once(server.listen(0), 'listening')

// A group that is behind: it has seen the first record of partition 0, and stands still.
const reports = new Consumer(broker, { groupId: 'reports', clientId: 'reports' })
await reports.assign([{ topic: 'orders', partition: 0 }])

const pool = await ConsumerPool.start(broker, {
  groupId: 'billing',
  topics: ['orders'],
  handler: new URL('./handler.ts', import.meta.url),
  threads: 1,
  maxAttempts: 1,
  onExhausted: { deadLetterTopic: 'given-up' },
})
const producer = new Producer(broker, { clientId: 'shop' })
for (let id = 0; id < 10; id++) {
  producer.write({ topic: 'orders', partition: id % 2, value: id % 5 === 0 ? 'broken' : 'order' })
}
await producer.flush()
await pool.drain()
await reports.commit([{ topic: 'orders', partition: 0, offset: 1 }])

const { port } = server.address() as AddressInfo
const scrape = await fetch(`http://localhost:${port}/metrics`)
assert.equal(scrape.headers.get('content-type'), PROMETHEUS_CONTENT_TYPE)
const lines = (await scrape.text()).split('\n')
const shown = lines.filter((line) => SHOWN.some((name) => line.startsWith(name)))
console.log(shown.join('\n'))
assert.deepEqual(shown, [
  'ringlog_group_lag_records{group="billing",topic="orders",partition="0"} 0',
  'ringlog_group_lag_records{group="billing",topic="orders",partition="1"} 0',
  'ringlog_group_lag_records{group="reports",topic="orders",partition="0"} 4',
  'ringlog_handler_dead_lettered_records_total{client_id="billing-0",group="billing"} 2',
])
assert.ok(lines.includes('ringlog_producer_sent_records_total{client_id="shop"} 10'))

await pool.close()
server.close()
