import { ConsumerPool, connect, type ConsumerPoolConfig } from 'ringlog'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startBroker } from '../contract/rig.ts'

const file = (name: string): URL => new URL(`./${name}.worker.ts`, import.meta.url)
const broken = file('broken')

const crashed = expect.objectContaining({ code: 'WORKER_CRASHED' }) as Error

describe('the files that threads begin with are those that were given', () => {
  test('of the controller', async () => {
    const started = startBroker({ workers: { controller: broken } })
    await expect(started).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      cause: { message: 'the file that was given' },
    })
  })

  test('of partitions, also of those that are added', async () => {
    const broker = await startBroker({ workers: { partitionWorker: broken } })
    await expect(broker.createTopic('orders')).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      message: expect.stringContaining('orders-0') as string,
    })
    expect(await broker.listTopics()).toEqual([])
  })

  test('of pools: of the broker for all clients, and of a pool before that', async () => {
    const broker = await startBroker({ workers: { consumerPool: broken } })
    await broker.createTopic('orders')
    const config: ConsumerPoolConfig = {
      groupId: 'echo',
      topics: ['orders'],
      threads: 1,
      handler: file('echo'),
    }
    for (const client of [broker, await connect()]) {
      await expect(ConsumerPool.start(client, config)).rejects.toThrow(crashed)
    }
    const pool = await ConsumerPool.start(broker, { ...config, worker: file('pool') })
    onTestFinished(() => pool.close())
    expect(await pool.run({ topic: 'orders', value: 'echo' })).toBe('echo')
  })
})
