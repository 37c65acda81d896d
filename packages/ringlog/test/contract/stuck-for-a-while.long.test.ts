import { Consumer, Producer, connect, type TopicPartition } from 'ringlog'
import { until } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import { outcomes } from './outcomes.ts'
import { STUCK_LIMIT_MS, startStuckBroker } from './stuck-broker.ts'

const at = (topic: string, partition = 0): TopicPartition => ({ topic, partition })

test('a consumer that goes while a worker is stuck is gone for its successor, too (INV-93)', async () => {
  const { broker, stickPartitions, endPartitions } = await startStuckBroker(5)
  const client = await connect()
  const staying = new Consumer(broker)
  await staying.assign([at('orders')])
  await new Consumer(client).assign([at('orders')])
  const counts = async (): Promise<unknown> => {
    const { topics } = await broker.metrics()
    const { readerCount, gateCount } = topics.find(({ topic }) => topic === 'orders')!
      .partitions[0]!
    return [readerCount, gateCount]
  }
  expect(await counts()).toEqual([2, 2])
  // For longer than any call waits that has a deadline.
  await stickPartitions('orders for 35000')
  await outcomes(STUCK_LIMIT_MS, { client: client.close() })
  await until(async () => String(await counts()) === '1,1', 60_000)
  endPartitions('orders')
  await until(async () => (await broker.metrics()).topics[0]!.partitions[0]!.restarts === 1)
  await new Producer(broker).send({ ...at('orders'), value: 'a' }) // the successor serves
  expect(await counts()).toEqual([1, 1])
}, 180_000)
