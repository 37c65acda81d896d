/** A member whose thread stops for good in the middle of ringing the worker of its partition, in a commit. */
import { Consumer, connect, type BrokerAddress, type ConsumerConfig } from 'ringlog'
import { parentPort, workerData } from 'node:worker_threads'

export interface StoppedCommitterData {
  readonly address: BrokerAddress
  readonly topic: string
  readonly config: ConsumerConfig
  /** Of three words: it is about to take PARKED; it may; it has taken it. */
  readonly words: Int32Array
}

/** As the layout of a doorbell has it. */
const PARKED_WORD = 32

const { address, topic, config, words } = workerData as StoppedCommitterData
const consumer = new Consumer(await connect(address), config)
await consumer.subscribe([topic])
parentPort!.postMessage('subscribed')
parentPort!.once('message', () => void pollAndCommit())

async function pollAndCommit(): Promise<void> {
  await consumer.poll()
  const exchange = Atomics.exchange as (words: Int32Array, index: number, value: number) => number
  const stopping: typeof exchange = (of, index, value) => {
    if (index !== PARKED_WORD) return exchange(of, index, value)
    Atomics.store(words, 0, 1)
    Atomics.wait(words, 1, 0)
    const wasParked = exchange(of, index, value)
    Atomics.store(words, 2, 1)
    for (;;) Atomics.wait(words, 2, wasParked)
  }
  Object.assign(Atomics, { exchange: stopping })
  consumer.commitSync()
}
