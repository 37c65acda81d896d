/**
 * A thread that reads a followed partition without a turn of its event loop, up to an offset: then it holds what follows, until
 * it is told to read on.
 */
import { Consumer } from '@ringlog/consumer'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { connectCluster, type ClusterConfig } from '../../src/index.ts'

export interface HoldingReaderStart {
  readonly config: ClusterConfig
  readonly topic: string
}

const { config, topic } = workerData as HoldingReaderStart
const client = await connectCluster(config)
const consumer = new Consumer(client, { maxPollRecords: 10 })
await consumer.assign([{ topic, partition: 0 }])
parentPort!.postMessage('assigned')

for (;;) {
  const told = receiveMessageOnPort(parentPort!)
  if (told === undefined) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    continue
  }
  const offsets: number[] = []
  while (offsets.length < told.message) {
    for (const { offset } of consumer.pollSync({ timeoutMs: 30_000 })) offsets.push(offset)
  }
  parentPort!.postMessage(offsets)
}
