import { Consumer } from 'ringlog'
import { expect, test } from 'vitest'
import { at, send, startDurable, temporaryDirectory } from './rig.ts'

const MIB = 2 ** 20

test('retention stops at what a group has not committed, where the topic says so', async () => {
  const broker = await startDurable(temporaryDirectory())
  const limits = { segmentBytes: MIB, retentionBytes: MIB }
  await broker.createTopic('held', { ...limits, retentionHeldBy: 'groups' })
  await broker.createTopic('free', limits)
  await send(broker, at('held'), ['first'])
  const consumer = new Consumer(broker, { groupId: 'billing', autoCommit: false })
  await consumer.assign([at('held')])
  await consumer.commit([{ ...at('held'), offset: 1 }])
  const large = Array.from({ length: 60 }, () => 'x'.repeat(100_000))
  await send(broker, at('held'), large)
  await send(broker, at('free'), large)
  const startOf = async (topic: string): Promise<number> =>
    (await broker.offsets(topic))[0]!.logStartOffset
  await expect.poll(() => startOf('free')).toBeGreaterThan(20)
  expect(await startOf('held')).toBeLessThanOrEqual(1)
  await consumer.commit([{ ...at('held'), offset: 61 }])
  await expect.poll(() => startOf('held')).toBeGreaterThan(20)
})
