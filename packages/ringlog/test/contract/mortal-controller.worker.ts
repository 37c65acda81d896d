/** The controller's thread; it terminates a partition's thread when a channel calls for that. */
import 'ringlog/workers/controller'
import { BroadcastChannel, type Worker } from 'node:worker_threads'

/** By `<topic>-<partition>`: the latest thread. */
const threads = new Map<string, Worker>()
const channel = new BroadcastChannel('mortal-partition')
process.on('worker', (worker) => {
  // The thread says by its first message which one it is.
  worker.once('message', (name: string) => threads.set(name, worker))
})
channel.addEventListener('message', (event) => {
  const { data } = event as unknown as { data: string }
  const [name, how] = data.split(' ')
  if (how === 'isTerminated') void threads.get(name!)?.terminate()
})
channel.unref()
