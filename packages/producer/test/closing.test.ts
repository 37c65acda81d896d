import { RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { SenderRig, sendBatches, startedRig } from './sender-rig.ts'

describe('what closing fails', () => {
  const closed = new RinglogError('PRODUCER_CLOSED')

  test.each([true, false])(
    'says which records may be in the log; numbered: %j',
    async (idempotence) => {
      const rig = await startedRig({ idempotence, maxInFlight: 2 })
      await sendBatches(rig, 4)
      rig.appender()!.arrive()
      rig.records.fail(closed)
      await rig.turn()
      expect(rig.sent.slice(1).map(({ error }) => error)).toMatchObject(
        [true, true, false, false].map((isMaybeAppended) => ({
          code: 'PRODUCER_CLOSED',
          details: { topic: 'orders', partition: 0, isMaybeAppended },
        })),
      )
      expect(rig.logs[0]!.values).toHaveLength(2)
    },
  )

  test('says so of a record that waits to be sent again, too', async () => {
    const rig = await startedRig({}, { keepsMemory: true })
    await sendBatches(rig, 1)
    rig.appender()!.lose(rig.appender()!.unanswered[0]!, 'REQUEST_TIMED_OUT')
    await rig.turn()
    rig.records.fail(closed)
    await rig.turn()
    expect(rig.sent[1]!.error).toMatchObject({ details: { isMaybeAppended: true } })
  })

  test('of a record whose topic is not known says that it was not sent', async () => {
    const rig = new SenderRig({})
    const record = rig.send()
    rig.records.fail(closed)
    await rig.turn()
    expect(record.error).toMatchObject({
      code: 'PRODUCER_CLOSED',
      details: { topic: 'orders', isMaybeAppended: false },
    })
  })
})

test('a flush that comes long after another waits for the event loop to turn, whatever the clock of the log', async () => {
  const rig = new SenderRig({})
  await rig.records.flush('flush()')
  const untilMs = performance.now() + 15
  while (performance.now() < untilMs);
  await rig.records.flush('close()')
})
