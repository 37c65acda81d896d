/** A thread with a producer and a consumer; once it is told to, it blocks for ever. */
import { Consumer, Producer, connect, type BrokerAddress } from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'

const client = await connect(workerData as BrokerAddress)
const producer = new Producer(client)
const consumer = new Consumer(client, { groupId: 'readers' })
await producer.send({ topic: 'orders', value: 'a' })
await consumer.subscribe(['orders'])
parentPort!.on('message', () => {
  parentPort!.postMessage('blocks')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})
parentPort!.postMessage('ready')
