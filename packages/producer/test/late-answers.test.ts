import { expect, test } from 'vitest'
import { sendBatches, startedRig } from './sender-rig.ts'

test('a batch that is out of time takes in the answer that lies there first', async () => {
  const rig = await startedRig({ requestTimeoutMs: 100, deliveryTimeoutMs: 1000 })
  await sendBatches(rig, 1)
  const appender = rig.appender()!
  appender.arrive()
  // As in a lane: nobody tells of it.
  appender.collect = () => {
    appender.answersAtOnce = true
    appender.answer(0)
  }
  await rig.advance(1550)
  expect(rig.sent[1]).toMatchObject({ error: null, metadata: { offset: 1 } })
})
