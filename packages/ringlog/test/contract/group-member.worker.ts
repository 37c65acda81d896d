/** A member of a group in a thread of its own: it polls until the thread is ended, or does as told. */
import { Consumer } from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'
import { BLOCK, CLOSE, type MemberData } from './member-orders.ts'
import { connectThread } from './thread-client.ts'

const { address, topic, config, words } = workerData as MemberData
const shared = new Int32Array(words)
const client = await connectThread(address)
const consumer = new Consumer(client, config)
await consumer.subscribe([topic])
parentPort!.postMessage('subscribed')
for (;;) {
  Atomics.store(shared, 2, consumer.assignment().length)
  const order = Atomics.load(shared, 0)
  if (order === CLOSE) break
  if (order === BLOCK) {
    parentPort!.postMessage('blocked')
    Atomics.wait(shared, 0, BLOCK)
  }
  const { count } = await consumer.poll({ timeoutMs: 5 })
  Atomics.add(shared, 1, count)
}
await client.close()
