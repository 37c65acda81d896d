import { Producer } from '@ringlog/producer'
import { inMemoryClient } from '@ringlog/testing'
import { expect, test } from 'vitest'

const MIB = 1024 * 1024

/** A test of somebody's: its topic has a ring of 16 MiB, of which it uses a page. */
async function cycle(): Promise<void> {
  const client = await inMemoryClient()
  await client.createTopic('orders')
  await new Producer(client, { transport: 'rpc' }).send({ topic: 'orders', value: 'a' })
  await client.close()
}

test('a thousand logs take no more memory than is used of them', { timeout: 120_000 }, async () => {
  for (let i = 0; i < 20; i++) await cycle()
  const before = process.memoryUsage.rss()
  for (let i = 0; i < 1_000; i++) await cycle()
  // Their rings together have 16,000 MiB; what V8 has not collected yet is in the figure as well.
  expect((process.memoryUsage.rss() - before) / MIB).toBeLessThan(400)
})
