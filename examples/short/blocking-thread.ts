/** A thread that never awaits a record: pollSync and commitSync, by shared memory alone. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'
import { Broker, Consumer, Producer, connect } from 'ringlog'

const TOPIC = 'frames'
const RECORDS = 1_000

if (isMainThread) await produce()
else await consume()

async function produce(): Promise<void> {
  await using broker = await Broker.start()
  await broker.createTopic(TOPIC, { ringBytes: 64 * 1024 })
  const thread = new Worker(new URL(import.meta.url))
  const consumed = once(thread, 'message') as Promise<[number]>
  await once(thread, 'online')
  while (!(await broker.listGroups()).includes('renderer')) await turn()

  // Several times what the ring takes: each commitSync of the other thread makes room here.
  const producer = new Producer(broker)
  for (let i = 0; i < RECORDS; i++) await producer.send({ topic: TOPIC, value: Buffer.alloc(500) })
  assert.deepEqual(await consumed, [RECORDS])
  const [{ committed } = { committed: null }] = await broker.offsets(TOPIC, 'renderer')
  assert.equal(committed, RECORDS)
  console.log(`${RECORDS} frames consumed and committed by a thread that blocks`)
}

async function consume(): Promise<void> {
  const client = await connect()
  const consumer = new Consumer(client, { groupId: 'renderer', autoCommit: false })
  await consumer.subscribe([TOPIC])
  let count = 0
  while (count < RECORDS) {
    // Sleeps in Atomics.wait until records come: no timer, message or promise runs meanwhile.
    const records = consumer.pollSync({ timeoutMs: 1_000 })
    for (const { offset } of records) assert.equal(offset, count++)
    consumer.commitSync() // one store; there is nothing to wait for
    // Empty, and at once, when the group has given it other partitions: that needs the event loop.
    if (records.count === 0) await turn()
  }
  await client.close()
  parentPort!.postMessage(count)
}
