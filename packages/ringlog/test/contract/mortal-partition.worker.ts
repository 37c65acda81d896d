/** The thread of a partition; it ends when a channel calls for that. */
import './stillborn.ts' // before the worker begins
import 'ringlog/workers/partition-worker'
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads'

// For the thread of `mortal-controller.worker.ts`, which cannot know otherwise which one this is.
const { topic, partition } = workerData as { topic: string; partition: number }
parentPort!.postMessage(`${topic}-${partition}`)

/** On this channel: the topic and partition whose thread is to end; and how, where it is not by `process.exit`. */
const channel = new BroadcastChannel('mortal-partition')
channel.addEventListener('message', (event) => {
  const { data } = event as unknown as { data: string }
  const [name, how = 'exits'] = data.split(' ')
  if (name !== `${topic}-${partition}`) return
  if (how === 'throws') throw new Error('a mistake of the worker')
  if (how === 'rejects') void Promise.reject(new Error('a mistake of the worker'))
  if (how === 'exits') process.exit(1)
})
channel.unref()
