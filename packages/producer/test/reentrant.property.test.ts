import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReentrantRig, pause, type Action, type Place } from './reentrant-rig.ts'

type Step =
  | { kind: 'do'; action: Action }
  | { kind: 'createTopic' }
  | { kind: 'arrive' | 'answer' | 'lose'; partition: number }
  | { kind: 'refuse'; partition: number; code: 'BUFFER_FULL' | 'REQUEST_TIMED_OUT' }
  | { kind: 'wait'; ms: number }

const partition = fc.nat({ max: 1 })
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name)
const taking = fc.constantFrom<Action>('send', 'write', 'tryWrite', 'stream')
const action = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Action>('nothing') },
  { weight: 8, arbitrary: taking },
  { weight: 4, arbitrary: fc.constantFrom<Action>('flush', 'drained', 'throw') },
  { weight: 1, arbitrary: fc.constant<Action>('close') },
)
const place = fc.constantFrom<Place>(
  'listener',
  'partitioner',
  'serde',
  'getter',
  'headers',
  'callback',
)
const code = fc.constantFrom('BUFFER_FULL', 'REQUEST_TIMED_OUT')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ kind: kind('do'), action: taking }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('do'), action }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('createTopic') }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('arrive'), partition }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('answer'), partition }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('lose'), partition }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('refuse'), partition, code }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('wait'), ms: fc.constantFrom(0, 0, 0, 5, 25) }) },
)

async function run(rig: ReentrantRig, steps: readonly Step[]): Promise<void> {
  for (const given of steps) {
    if (given.kind === 'do') rig.do(given.action)
    else if (given.kind === 'createTopic') rig.createTopic()
    else if (given.kind === 'wait') await pause(given.ms)
    else {
      const appender = rig.appenders[given.partition]!.at(-1)
      if (given.kind === 'arrive') appender?.arrive()
      else if (given.kind === 'refuse') appender?.arrive(given.code)
      else if (given.kind === 'answer') appender?.answer(0)
      else {
        const [request] = appender?.unanswered ?? []
        if (request !== undefined) appender!.lose(request, 'REQUEST_TIMED_OUT')
      }
    }
  }
  await rig.finish()
}

function check(rig: ReentrantRig): void {
  expect(rig.faults).toEqual([])
  const values = rig.logs.flatMap((log) => log.values)
  expect(new Set(values).size).toBe(values.length)
  for (const { value, settledTimes, metadata } of rig.sent) {
    expect([value, settledTimes]).toEqual([value, 1])
    if (metadata === null || metadata.offset < 0) continue
    expect(rig.logs[metadata.partition]!.values[metadata.offset]).toBe(value)
  }
  // What nobody awaits is in the log, or was told to have failed.
  const missing = rig.silent.filter((value) => !values.includes(value))
  expect(missing.length).toBeLessThanOrEqual(rig.failedRecords)
  // In the order in which the calls returned; streams accept in their own time.
  const order = new Map(rig.accepted.map((value, index) => [value, index]))
  for (const log of rig.logs) {
    const indexes = log.values.flatMap((value) => order.get(value) ?? [])
    expect(indexes).toEqual(indexes.toSorted((a, b) => a - b))
  }
  const { bufferAvailableBytes, bufferTotalBytes } = rig.producer.metrics()
  expect(bufferAvailableBytes).toBe(bufferTotalBytes)
}

test('whatever user code does wherever it is called, no record is lost, doubled or overtaken', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
      fc.array(action, { minLength: 1, maxLength: 12 }),
      fc.uniqueArray(place, { minLength: 1 }),
      async (steps, actions, places) => {
        const rig = new ReentrantRig(actions, new Set(places))
        await run(rig, steps)
        check(rig)
      },
    ),
    { numRuns: 50 },
  )
}, 120_000)
