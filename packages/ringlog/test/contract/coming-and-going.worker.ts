/** Begins to use a broker in every way at once; the thread is ended somewhere in the middle of it. */
import { Consumer, Producer, connect, type BrokerAddress } from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'

export interface ComingAndGoingData {
  address: BrokerAddress
  topic: string
}

const { address, topic } = workerData as ComingAndGoingData
const client = await connect(address)
const at = [{ topic, partition: 0 }]
const begun: Array<Promise<unknown>> = []
for (const transport of ['rpc', 'shared'] as const) {
  const producer = new Producer(client, { transport })
  begun.push(producer.send({ topic, value: 'x' }))
  begun.push(producer.send({ topic: 'a topic that never comes', value: 'x' }))
}
for (let i = 0; i < 4; i++) {
  begun.push(new Consumer(client).assign(at))
  begun.push(new Consumer(client, { groupId: 'assigning' }).assign(at))
  begun.push(new Consumer(client, { groupId: 'subscribing' }).subscribe([topic]))
  begun.push(new Consumer(client, { groupId: 'matching' }).subscribe(/./))
}
parentPort!.postMessage('begun')
await Promise.allSettled(begun)
