/**
 * Mails for orders, by a mail server that is down for some, busy for all, and refuses one for good: what fails is
 * tried again later, the others go on, and SIGTERM loses nothing.
 */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { Broker, Consumer, Producer } from 'ringlog'
import { startMailer, type Order } from './mailer.ts'

const CUSTOMERS = 50
const ORDERS = 400
/** The server that takes mails for this customer is down at first. */
const DOWN = 'customer-7'
const DOWN_TIMES = 3
/** No server takes mails for this one. */
const UNKNOWN = 'customer-13'

const mails = new Map<string, number[]>()
let deferred = 0
let most = 0
let atOnce = 0

async function sendMail({ id, to }: Order): Promise<void> {
  most = Math.max(most, ++atOnce)
  try {
    await wait(2)
    if (to === UNKNOWN) throw new Error(`no such customer: ${to}`)
    if (to === DOWN && deferred < DOWN_TIMES) {
      deferred++
      throw new Error('the server is down')
    }
    mails.set(to, [...(mails.get(to) ?? []), id])
  } finally {
    atOnce--
  }
}

await using broker = await Broker.start()
await broker.createTopic('orders', { partitions: 2, gatingGroups: ['mailer'] })
await broker.createTopic('orders.dead')
const producer = new Producer(broker)
for (let id = 0; id < ORDERS; id++) {
  const to = `customer-${id % CUSTOMERS}`
  producer.write({ topic: 'orders', key: to, value: JSON.stringify({ id, to }) })
}
producer.write({ topic: 'orders', key: 'customer-1', value: '{"id": 4' }) // nobody can read it
await producer.flush()

// The first mailer is told to end in the midst of its work; the second does the rest.
const first = await startMailer(broker, sendMail)
while (first.metrics().handledRecords < ORDERS / 4) await wait(1)
process.kill(process.pid, 'SIGTERM')
await first.closed
const handledByFirst = first.metrics().handledRecords
assert(handledByFirst < ORDERS)

const second = await startMailer(broker, sendMail)
await second.drain()
await second.close()

const refused = ORDERS / CUSTOMERS
const { deadLetteredRecords } = second.metrics()
assert.equal(first.metrics().deadLetteredRecords + deadLetteredRecords, refused + 1)
// At least once: who was sent a mail that was not committed yet is sent it again. In order, for each customer.
for (const ids of mails.values()) {
  assert(new Set(ids).size === ORDERS / CUSTOMERS)
  for (const [i, id] of ids.entries()) assert(i === 0 || id >= ids[i - 1]! || ids.indexOf(id) < i)
}
assert.equal(mails.size, CUSTOMERS - 1)

const reader = new Consumer(broker)
await reader.assign([{ topic: 'orders.dead', partition: 0 }])
const reasons = new Map<string, number>()
for (let read = 0; read <= refused;) {
  for (const { headers } of await reader.poll()) {
    const reason = String(headers.find(([name]) => name === 'ringlog.dlt.error')![1])
    const kind = reason.includes('deserialized') ? 'cannot be deserialized' : reason
    reasons.set(kind, (reasons.get(kind) ?? 0) + 1)
    read++
  }
}

console.log(`${ORDERS - refused} mails sent, ${most} at once, in order for each customer`)
console.log(`sent again after the server was down: ${deferred} times; the rest by a second mailer`)
for (const [reason, count] of reasons) console.log(`${count} in orders.dead: ${reason}`)
