/** A producer and a consumer, each in a thread of its own, and how many records a second they are good for. */
import { defineScenario, lapOf, type RoleContext } from '@ringlog/bench'
import { Broker, Consumer, Producer, connect, type WaitStrategy } from 'ringlog'

const TOPIC = 'experiment'
const value = Buffer.alloc(100, 'x')

/** Runs in a worker thread. Returns when it had the last record. */
async function consume(context: RoleContext): Promise<number> {
  const waitStrategy = context.parameters.wait as WaitStrategy
  await using client = await connect()
  const consumer = new Consumer(client, { waitStrategy, maxPollRecords: Infinity })
  await consumer.assign([{ topic: TOPIC, partition: 0 }])
  let next = 0
  const read = async (count: number) => {
    for (const end = next + count; next < end;) {
      const cursor = consumer.cursor(await consumer.poll())
      while (cursor.next()) if (cursor.offset !== next++) throw new Error('records are missing')
    }
  }
  await context.sync('assigned')
  await context.warmUp(() => read(lapOf(context.number('records'))))
  await context.sync('warm')
  await read(context.number('records'))
  return context.nowMs()
}

export default defineScenario({
  name: 'experiment',
  description: 'one producer, one consumer, by wait strategy and batch size',
  parameters: { records: 200_000, batchSizeBytes: 65_536, wait: 'park' },
  roles: { consume },
  run: async (stage) => {
    const records = stage.number('records')
    await using broker = await Broker.start()
    await broker.createTopic(TOPIC, { waitStrategy: stage.parameters.wait as WaitStrategy })
    const producer = new Producer(broker, { batchSizeBytes: stage.number('batchSizeBytes') })
    const write = async (count: number) => {
      for (; count > 0; count--) {
        if (!producer.write({ topic: TOPIC, value })) await producer.drained()
      }
      await producer.flush()
    }
    const consuming = stage.start<number>('consume')
    await stage.sync('assigned')
    const lap = lapOf(records)
    await stage.warmUp(lap, { lap: () => write(lap) })
    const startedAtMs = await stage.sync('warm')
    await write(records)
    const elapsedMs = (await consuming.result) - startedAtMs
    return { records, elapsedMs, cpuMicros: stage.cpuMicrosSinceSync() }
  },
})
