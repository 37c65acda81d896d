import { RinglogError } from '@ringlog/core'
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

test('what the log says of the last attempt says nothing of one before that no answer came to', async () => {
  const rig = await startedRig(
    { requestTimeoutMs: 100, deliveryTimeoutMs: 1000, retryBackoffMs: 100 },
    { keepsMemory: true },
  )
  await sendBatches(rig, 1)
  const appender = rig.appender()!
  appender.arrive()
  appender.lose(appender.unanswered[0]!, 'REQUEST_TIMED_OUT')
  await rig.turn()
  await rig.advance(500)
  await rig.turn()
  const again = rig.appender()!.unanswered[0]!
  await rig.advance(500)
  // The worker comes to it after its deadline.
  again.outcome = {
    error: new RinglogError('REQUEST_TIMED_OUT', 'it is not appended', {
      details: { isMaybeAppended: false },
    }),
  }
  rig.appender()!.answer(0)
  await rig.turn()
  expect(rig.sent[1]!.error).toMatchObject({
    code: 'REQUEST_TIMED_OUT',
    details: { isMaybeAppended: true },
  })
  expect(rig.logs[0]!.values).toContain(rig.sent[1]!.value)
})
