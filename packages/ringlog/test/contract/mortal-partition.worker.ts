/** The thread of a partition; it ends when a channel calls for that. */
import 'ringlog/workers/partition-worker'
import { BroadcastChannel, workerData } from 'node:worker_threads'

/** On this channel: the topic and partition whose thread is to end. */
const channel = new BroadcastChannel('mortal-partition')
channel.addEventListener('message', (event) => {
  const { topic, partition } = workerData as { topic: string; partition: number }
  const { data } = event as unknown as { data: string }
  if (data === `${topic}-${partition}`) process.exit(1)
})
channel.unref()
