import { expect, test } from 'vitest'
import { valuesOf } from './fake-log.ts'
import { startedRig, type SenderRig } from './sender-rig.ts'

/** At most one batch out; records of one batch are due at most 50 ms apart. */
const CONFIG = { maxInFlight: 1, maxBlockMs: 1000, batchSizeBytes: 16_384 }

async function sendAfter(rig: SenderRig, ms: number): Promise<void> {
  await rig.advance(ms)
  rig.send()
  await rig.turn()
}

async function answerAll(rig: SenderRig): Promise<string[][]> {
  const appender = rig.appender()!
  const { length } = appender.requests
  while (appender.unanswered.length > 0) {
    appender.arrive()
    appender.answer(0)
    await rig.turn()
  }
  return appender.requests.slice(length - 1).map(({ bytes }) => valuesOf(bytes))
}

test('a batch that is due and cannot leave takes records for a while, and then no more', async () => {
  const rig = await startedRig(CONFIG)
  await sendAfter(rig, 0)
  await sendAfter(rig, 0)
  await sendAfter(rig, 40)
  await sendAfter(rig, 20)
  expect(await answerAll(rig)).toEqual([['1'], ['2', '3'], ['4']])
})

test('that while begins anew with each batch', async () => {
  const rig = await startedRig(CONFIG)
  await sendAfter(rig, 0)
  await sendAfter(rig, 0)
  await rig.advance(30)
  rig.appender()!.arrive()
  rig.appender()!.answer(0)
  await rig.turn()
  await sendAfter(rig, 0) // 2 is out, 3 is due
  await sendAfter(rig, 40)
  await sendAfter(rig, 20)
  expect(await answerAll(rig)).toEqual([['2'], ['3', '4'], ['5']])
})

test('what a record is told is a plain object', async () => {
  const rig = await startedRig(CONFIG)
  const told = rig.sent[0]!.metadata!
  expect(Object.getPrototypeOf(told)).toBe(Object.prototype)
  expect(Object.keys(told)).toEqual(['topic', 'partition', 'offset', 'timestamp'])
})
