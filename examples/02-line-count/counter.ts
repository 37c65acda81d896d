/** A thread that counts the lines of one partition, until the record that ends it. */
import { parentPort, workerData } from 'node:worker_threads'
import { Consumer, connect, type TopicPartition } from 'ringlog'
import { LineTally } from './line-tally.ts'

const client = await connect()
const consumer = new Consumer(client)
await consumer.assign([workerData as TopicPartition])
// From here on the full partition waits for this thread.
parentPort!.postMessage('ready')

const tally = new LineTally()
for (let isEnded = false; !isEnded;) {
  for (const { key, value } of await consumer.poll()) {
    if (value === null) isEnded = true
    else tally.add(String(key), String(value))
  }
}

parentPort!.postMessage(tally.words)
await client.close()
