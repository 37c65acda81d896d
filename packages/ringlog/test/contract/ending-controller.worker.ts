/** The thread of the controller; it ends, or gets stuck, when a channel calls for that. */
import 'ringlog/workers/controller'
import { BroadcastChannel } from 'node:worker_threads'

/** How the thread is to end; `isTerminated` is up to its owner. */
export type ControllerEnd = 'exits' | 'throws' | 'rejects' | 'isTerminated'
/** On the channel. To `getStuck` the thread answers, and serves nobody from then on. */
export type ControllerOrder = ControllerEnd | 'getStuck'

const channel = new BroadcastChannel('ending-controller')
channel.addEventListener('message', (event) => {
  const { data: end } = event as unknown as { data: ControllerOrder }
  if (end === 'exits') process.exit(3)
  if (end === 'throws') {
    setImmediate(() => {
      throw new TypeError('planted')
    })
  }
  if (end === 'getStuck') {
    channel.postMessage('stuck')
    // The message leaves before: it is posted by then.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
  if (end === 'rejects') void Promise.reject(new TypeError('planted'))
})
channel.unref()
