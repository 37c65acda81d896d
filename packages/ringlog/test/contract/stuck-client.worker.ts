/** A thread that has used a broker in every way, and does nothing for ever. */
import { Consumer, Producer, connect, type BrokerAddress } from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'

const client = await connect(workerData as BrokerAddress)
await new Consumer(client).assign([{ topic: 'orders', partition: 0 }])
await new Consumer(client, { groupId: 'members' }).subscribe(['orders'])
const producer = new Producer(client)
await producer.send({ topic: 'orders', value: 'a' })
producer.write({ topic: 'orders', value: 'never sent' })
parentPort!.postMessage('stuck')
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
