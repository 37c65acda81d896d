import { until } from '@ringlog/test-kit'
import { Producer, runConsumer, type RinglogError } from 'ringlog'
import { VirtualClock, failAppends, inMemoryClient } from 'ringlog/testing'
import { expect, onTestFinished, test } from 'vitest'

test('what one handler wrote and another heard was not delivered keeps the first from being committed', async () => {
  const client = await inMemoryClient()
  onTestFinished(() => client.close({ timeoutMs: 100 }))
  await client.createTopic('orders', { partitions: 2 })
  await client.createTopic('bills')
  const producer = new Producer(client)
  for (const partition of [0, 1]) await producer.send({ topic: 'orders', partition, value: '' })
  await failAppends(client, { topic: 'bills', partition: 0 }, { code: 'MESSAGE_TOO_LARGE' })

  const written = Promise.withResolvers<void>()
  const heard = Promise.withResolvers<string>()
  const errors: RinglogError[] = []
  const runner = await runConsumer(client, {
    groupId: 'billing',
    topics: ['orders'],
    concurrency: 2,
    onError: (error) => void errors.push(error),
    eachRecord: async ({ partition }, context) => {
      if (partition === 0) {
        context.producer.write({ topic: 'bills', value: 'of partition 0' })
        written.resolve()
        await heard.promise
      } else {
        await written.promise
        await context.producer.flush().catch(({ code }: RinglogError) => heard.resolve(code))
      }
    },
  })
  expect(await heard.promise).toBe('MESSAGE_TOO_LARGE')
  await until(() => errors.length > 0)
  expect(errors).toMatchObject([{ code: 'MESSAGE_TOO_LARGE', details: { isFatal: true } }])
  await runner.close().catch(() => undefined)
  const offsets = await client.offsets('orders', 'billing')
  expect(offsets.map(({ committed }) => committed)).toEqual([null, null])
})

test.each([
  ['goes by', undefined],
  ['stands', new VirtualClock()],
])(
  'closed in time while its handlers wait for room, it says so: its clock %s',
  async (_name, clock) => {
    const client = await inMemoryClient({ clock })
    onTestFinished(() => client.close({ timeoutMs: 100 }))
    await client.createTopic('orders')
    await client.createTopic('bills', { ringBytes: 65_536, gatingGroups: ['nobody'] })
    const producer = new Producer(client)
    for (let i = 0; i < 100; i++) producer.write({ topic: 'orders', value: String(i) })
    await producer.close()
    const errors: unknown[] = []
    const runner = await runConsumer(client, {
      groupId: 'billing',
      topics: ['orders'],
      onError: (error) => errors.push(error),
      eachRecord: (_, { produce }) => produce({ topic: 'bills', value: 'x'.repeat(5_000) }),
    })
    await until(async () => {
      const [{ waitingAppends } = { waitingAppends: 0 }] =
        (await client.metrics()).topics.find(({ topic }) => topic === 'bills')?.partitions ?? []
      return waitingAppends > 0
    })
    await expect(runner.close({ timeoutMs: 1 })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      message: expect.stringContaining('handlers still ran') as string,
    })
    await runner.closed
    expect(errors).toEqual([])
  },
)
