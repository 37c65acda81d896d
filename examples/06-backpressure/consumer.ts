/** The slow thread: a few hundred records, then a rest. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { Consumer, connect } from 'ringlog'

const REST_MS = 2

const { topic, records, fetchBytes, consumed } = workerData as {
  topic: string
  records: number
  fetchBytes: number
  consumed: Int32Array
}
const client = await connect()
const consumer = new Consumer(client, { maxPollRecords: 200, maxPartitionFetchBytes: fetchBytes })
await consumer.assign([{ topic, partition: 0 }])
parentPort!.postMessage('ready')

for (let next = 0; next < records;) {
  for (const { offset } of await consumer.poll()) assert.equal(offset, next++) // none is missing
  Atomics.store(consumed, 0, next)
  await sleep(REST_MS)
}
await client.close()
