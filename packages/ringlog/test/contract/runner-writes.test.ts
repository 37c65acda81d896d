import { until } from '@ringlog/test-kit'
import { Producer, runConsumer, type RinglogError } from 'ringlog'
import { failAppends, inMemoryClient } from 'ringlog/testing'
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
