/** The thread of a partition; a channel has it stop, or end, in the middle of ringing somebody. */
import 'ringlog/workers/partition-worker'
import { BroadcastChannel, workerData } from 'node:worker_threads'

/** What is to become of the thread of a topic's partition when it rings somebody next. */
export interface StopOrder {
  readonly topic: string
  readonly outcome: 'stop' | 'end'
  /** Of three words: it is about to ring; it may go on; it has taken PARKED. */
  readonly words: Int32Array
}

/** As the layout of a doorbell has it. */
const PARKED_WORD = 32

const { topic, doorbell } = workerData as { topic: string; doorbell: SharedArrayBuffer }
const channel = new BroadcastChannel('stopped-ringer')
channel.addEventListener('message', (event) => {
  const { data: order } = event as unknown as { data: StopOrder }
  if (order.topic === topic) obey(order)
})
channel.unref()

function obey({ outcome, words }: StopOrder): void {
  const exchange = Atomics.exchange as (words: Int32Array, index: number, value: number) => number
  const stopping: typeof exchange = (of, index, value) => {
    if (of.buffer === doorbell || index !== PARKED_WORD) return exchange(of, index, value)
    Atomics.store(words, 0, 1)
    Atomics.wait(words, 1, 0)
    const wasParked = exchange(of, index, value)
    Atomics.store(words, 2, 1)
    if (outcome === 'end') process.exit(1)
    for (;;) Atomics.wait(words, 2, wasParked)
  }
  Object.assign(Atomics, { exchange: stopping })
}
