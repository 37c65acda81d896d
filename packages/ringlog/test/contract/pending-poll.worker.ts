/** A thread with nothing but a poll that waits: it is to live until the poll ends, and then to end. */
import { Consumer, type TopicPartition } from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'
import { connectThread } from './thread-client.ts'

const partition = workerData as TopicPartition
const client = await connectThread()
const consumer = new Consumer(client)
await consumer.assign([partition])
parentPort!.postMessage('assigned')
const records = await consumer.poll()
parentPort!.postMessage([...records].map(({ value }) => String(value)))
