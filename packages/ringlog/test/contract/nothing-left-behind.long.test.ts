import { Broker, Consumer, Producer, type LogClient } from 'ringlog'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'

const topic = 'orders'
const at = { topic, partition: 0 }
const WARM_UP_ROUNDS = 1_000
const ROUNDS = 1_000
/** Less than a string that names something takes. */
const MAX_BYTES_PER_ROUND = 50

/** What comes and goes, and is to leave nothing behind in its own thread, nor in the controller's. */
const rounds: Array<[name: string, round: (client: LogClient) => Promise<unknown>]> = [
  [
    'consumers that assign',
    async (client) => {
      const consumer = new Consumer(client)
      await consumer.assign([at])
      await consumer.close()
    },
  ],
  [
    'consumers that assign for a group',
    async (client) => {
      const consumer = new Consumer(client, { groupId: 'billing' })
      await consumer.assign([at])
      await consumer.close()
    },
  ],
  [
    'consumers that find no topic',
    async (client) => {
      const consumer = new Consumer(client)
      await consumer.assign([{ topic: 'none', partition: 0 }]).catch(() => undefined)
      await consumer.close()
    },
  ],
  [
    'producers',
    async (client) => {
      const producer = new Producer(client, { transport: 'rpc' })
      await producer.send({ topic, value: 'a' })
      await producer.close()
    },
  ],
  [
    'calls',
    async (client) => {
      await client.offsets(topic)
      await client.describeTopic('none').catch(() => undefined)
    },
  ],
]

/** The bytes of live objects in this thread, and in the controller's. */
async function liveBytes(controller: Worker): Promise<number[]> {
  await sleep(50)
  gc!()
  const { heapUsed } = process.memoryUsage()
  const snapshot = await controller.getHeapSnapshot() // collects garbage first
  for await (const _ of snapshot);
  const { used_heap_size: ofController } = await controller.getHeapStatistics()
  return [heapUsed, ofController]
}

test.each(rounds)('%s leave nothing behind', { timeout: 120_000 }, async (_, round) => {
  const workers: Worker[] = []
  const onWorker = (worker: Worker): void => void workers.push(worker)
  process.on('worker', onWorker)
  const broker = await Broker.start()
  process.off('worker', onWorker)
  onTestFinished(() => broker.close())
  await broker.createTopic(topic, { ringBytes: 64 * 1024, whenFull: 'evict' })
  // Code is compiled meanwhile, and memory grows for that: less and less, unlike what is left behind.
  const liveBytesAfter = async (count: number): Promise<number[]> => {
    for (let i = 0; i < count; i++) await round(broker)
    return liveBytes(workers[0]!)
  }
  const first = await liveBytesAfter(WARM_UP_ROUNDS)
  let growth = Infinity
  for (let stretch = 1; stretch <= 5; stretch++) {
    const now = await liveBytesAfter(ROUNDS)
    growth = Math.max(...now.map((bytes, i) => (bytes - first[i]!) / (ROUNDS * stretch)))
    if (stretch >= 2 && growth < MAX_BYTES_PER_ROUND) break
  }
  expect(growth).toBeLessThan(MAX_BYTES_PER_ROUND)
})
