/** The thread of one stage: from one topic to the next, until the end marker. */
import { parentPort, workerData } from 'node:worker_threads'
import { Consumer, Producer, connect } from 'ringlog'
import { enrich, parse, type Parsed } from './stages.ts'

const STAGES = {
  parse: {
    from: 'raw',
    to: 'parsed',
    work: (value: string): string | null => {
      const parsed = parse(value)
      return parsed === null ? null : JSON.stringify(parsed)
    },
  },
  enrich: {
    from: 'parsed',
    to: 'enriched',
    work: (value: string): string => JSON.stringify(enrich(JSON.parse(value) as Parsed)),
  },
}

const { stage } = workerData as { stage: keyof typeof STAGES }
const { from, to, work } = STAGES[stage]
const client = await connect()
const consumer = new Consumer(client)
const producer = new Producer(client)
await consumer.assign([{ topic: from, partition: 0 }])
// From here on the full topic waits for this stage.
parentPort!.postMessage('ready')

for (let isOver = false; !isOver;) {
  for (const { key, value } of await consumer.poll()) {
    if (value === null) {
      isOver = true
      break
    }
    const result = work(value.toString())
    if (result === null) continue // not a line of the log: dropped
    // A full topic is felt here, and so at the file: nothing piles up between the stages.
    if (!producer.write({ topic: to, key, value: result })) await producer.drained()
  }
}
producer.write({ topic: to, value: null })
await producer.flush()
await client.close()
