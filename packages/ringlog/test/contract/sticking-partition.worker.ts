/** The thread of a partition: that of a topic named for it never gets ready, or gets stuck when it is told to. */
import 'ringlog/workers/partition-worker'
import { BroadcastChannel, workerData, type MessagePort } from 'node:worker_threads'
import { NEVER_READY, PING, STICKING_CHANNEL } from './sticking-orders.ts'

const { topic, controlPort } = workerData as { topic: string; controlPort: MessagePort }
if (topic === NEVER_READY) controlPort.removeAllListeners('message')
const channel = new BroadcastChannel(STICKING_CHANNEL)
channel.addEventListener('message', (event) => {
  const { data } = event as unknown as { data: string }
  if (data === `${topic} dies`) process.exit(1)
  if (data === PING) channel.postMessage(topic)
  const [stuckTopic, ms] = data.split(' for ')
  if (stuckTopic !== topic) return
  channel.postMessage('stuck')
  // The message leaves before: it is posted by then.
  Atomics.wait(
    new Int32Array(new SharedArrayBuffer(4)),
    0,
    0,
    ms === undefined ? Infinity : Number(ms),
  )
})
channel.unref()
