import { Consumer, Producer, type LogClient, type TopicConfig } from 'ringlog'
import { inMemoryClient } from 'ringlog/testing'
import { expect, test } from 'vitest'
import { at, startDurable, temporaryDirectory } from './rig.ts'

const TOPICS: Record<string, TopicConfig> = {
  'in memory': { storage: 'memory' },
  'on disk': { storage: 'disk' },
  'on disk, synced': { storage: 'disk', flushMessages: 1 },
  'on disk, shown at once': { storage: 'disk', flushMessages: 1, visibility: 'published' },
}

/** Where a consumer begins that starts at the latest, without a group and as the first of one. */
async function latestOf(client: LogClient, groupId?: string): Promise<number> {
  const consumer = new Consumer(client, { groupId, autoOffsetReset: 'latest' })
  await consumer.assign([at('orders')])
  const position = consumer.position(at('orders'))
  await consumer.close()
  return position
}

/** As Kafka's clients do, who ask the same of the broker for both. */
async function expectOneEnd(client: LogClient, isAtOnce: boolean): Promise<void> {
  const producer = new Producer(client, { acks: 1 })
  for (let end = 1; end <= 6; end++) {
    await producer.send({ ...at('orders'), value: 'x' })
    const consumer = new Consumer(client)
    const [before] = await consumer.endOffsets([at('orders')])
    const latest = [await latestOf(client), await latestOf(client, `group-${end}`)]
    const [after] = await consumer.endOffsets([at('orders')])
    for (const offset of latest) {
      expect(offset).toBeGreaterThanOrEqual(before!.offset)
      expect(offset).toBeLessThanOrEqual(after!.offset)
    }
    if (isAtOnce) expect(latest).toEqual([end, end])
    await consumer.close()
  }
  await producer.close()
}

test.each(Object.keys(TOPICS))(
  'the latest offset is the end that consumers are told, %s',
  async (name) => {
    const broker = await startDurable(temporaryDirectory())
    await broker.createTopic('orders', TOPICS[name])
    const isAtOnce = name === 'in memory' || name === 'on disk, shown at once'
    await expectOneEnd(broker, isAtOnce)
  },
)

test('and in the log of one thread', async () => {
  const client = await inMemoryClient()
  await client.createTopic('orders')
  await expectOneEnd(client, true)
})
