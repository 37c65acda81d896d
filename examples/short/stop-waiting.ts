/** The ways to end a poll that waits, and what each looks like. */
import assert from 'node:assert/strict'
import { Broker, Consumer, RinglogError } from 'ringlog'

await using broker = await Broker.start()
await broker.createTopic('silence')
const consumer = new Consumer(broker)
await consumer.assign([{ topic: 'silence', partition: 0 }])

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail('it was to be rejected'),
    (reason: unknown) => reason,
  )

// Time passed: no error, just no records.
const { count } = await consumer.poll({ timeoutMs: 20 })
assert.equal(count, 0)
console.log(`timeoutMs: ${count} records`)

// An aborted signal: rejected with the signal's own reason.
const controller = new AbortController()
const aborted = errorOf(consumer.poll({ signal: controller.signal }))
const reason = new Error('the user left')
controller.abort(reason)
assert.equal(await aborted, reason)
console.log(`signal:    ${reason.message}`)

// wakeup() ends one poll, the one that waits or else the next; the consumer stays as it was.
const woken = errorOf(consumer.poll())
consumer.wakeup()
const wakeup = await woken
assert(RinglogError.is(wakeup, 'WAKEUP'))
console.log(`wakeup():  ${wakeup.code}`)

// close() ends the poll and the consumer.
const closed = errorOf(consumer.poll())
await consumer.close()
const closing = await closed
assert(RinglogError.is(closing, 'CONSUMER_CLOSED'))
console.log(`close():   ${closing.code}`)
