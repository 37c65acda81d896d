/** A thread that blocks in a poll, and says what that ended with. */
import { Consumer, RinglogError, connect, type BrokerAddress, type TopicPartition } from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'

const { address, at, timeoutMs } = workerData as {
  address: BrokerAddress
  at: TopicPartition
  timeoutMs: number
}
const client = await connect(address)
const consumer = new Consumer(client)
await consumer.assign([at])
parentPort!.postMessage('blocks')
try {
  consumer.pollSync({ timeoutMs })
  parentPort!.postMessage('nothing came')
} catch (error) {
  parentPort!.postMessage(RinglogError.is(error) ? error.code : String(error))
}
