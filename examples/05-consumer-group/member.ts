/** The thread of one member: reads until it is told to leave, and tells what it holds and has read. */
import { parentPort, workerData } from 'node:worker_threads'
import { Consumer, connect } from 'ringlog'

const { topic, groupId } = workerData as { topic: string; groupId: string }
const client = await connect()
const consumer = new Consumer(client, { groupId })
parentPort!.once('message', () => void consumer.close()) // ends the loop below

const held = new Set<number>()
const tell = () => parentPort!.postMessage({ held: [...held] })
await consumer.subscribe([topic], {
  onPartitionsAssigned: (partitions) => {
    for (const { partition } of partitions) held.add(partition)
    tell()
  },
  onPartitionsRevoked: (partitions) => {
    for (const { partition } of partitions) held.delete(partition)
    tell()
  },
})

const read: number[] = []
for await (const { value } of consumer) read.push(Number(value))
parentPort!.postMessage({ read })
await client.close()
