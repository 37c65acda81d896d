import { inspect } from 'ringlog'
import { expect, test } from 'vitest'
import { at, send, startDurable, temporaryDirectory } from './rig.ts'

test('a directory can be looked at while a broker runs on it, and when none does', async () => {
  const directory = temporaryDirectory()
  const broker = await startDurable(directory)
  await broker.createTopic('orders', { partitions: 2 })
  await send(broker, at('orders', 1), ['a', 'b'])
  const during = await inspect(directory)
  await broker.close()
  const after = await inspect(directory)
  expect([during.isClean, after.isClean]).toEqual([false, true])
  for (const { partitions } of [during, after]) {
    expect(partitions.every(({ damage }) => damage === null)).toBe(true)
    expect(partitions.filter(({ topic }) => topic === 'orders')).toMatchObject([
      { partition: 0, logStartOffset: 0, endOffset: 0, sizeBytes: 0 },
      { partition: 1, logStartOffset: 0, endOffset: 2, segments: [{ recordCount: 2 }] },
    ])
  }
})
