import type { RinglogErrorCode } from '@ringlog/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProducerConfig } from '../src/config.ts'
import { SenderRig, type RigOptions } from './sender-rig.ts'

const PARTITIONS = 1

type Op =
  | { kind: 'send'; partition: number; padBytes: number }
  | { kind: 'turn' }
  | { kind: 'arrive'; partition: number; count: number }
  | { kind: 'refuse'; partition: number; code: RinglogErrorCode }
  | { kind: 'answer'; partition: number; n: number }
  | { kind: 'lose'; partition: number; n: number }
  | { kind: 'breakDown'; partition: number; code: RinglogErrorCode }
  | { kind: 'arriveLate'; partition: number; appender: number }
  | { kind: 'openFails'; code: RinglogErrorCode }
  | { kind: 'advance'; ms: number }

const partition = fc.nat({ max: PARTITIONS - 1 })
/** Mostly large enough for a batch of its own. */
const padBytes = fc.constantFrom(400, 400, 400, 100, 0)
const few = fc.integer({ min: 0, max: 5 })
/** Mostly about as long as a backoff; seldom enough for a record to be out of time. */
const ms = fc.constantFrom(30, 60, 60, 120, 120, 700, 3000)
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name)
/** Some that are tried again, and some that are not. */
const refusal = fc.constantFrom<RinglogErrorCode>(
  'REQUEST_TIMED_OUT',
  'WORKER_CRASHED',
  'BUFFER_FULL',
  'MESSAGE_TOO_LARGE',
)
const loss = fc.constantFrom<RinglogErrorCode>(
  'WORKER_CRASHED',
  'PARTITION_OFFLINE',
  'REQUEST_TIMED_OUT',
)

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: kind('send'), partition, padBytes }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('turn') }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('arrive'), partition, count: few }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('refuse'), partition, code: refusal }) },
  { weight: 7, arbitrary: fc.record({ kind: kind('answer'), partition, n: few }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('lose'), partition, n: few }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('breakDown'), partition, code: loss }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('arriveLate'), partition, appender: few }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('openFails'), code: loss }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('advance'), ms }) },
)

async function run(rig: SenderRig, ops: readonly Op[]): Promise<void> {
  for (const step of ops) {
    if (step.kind === 'send') {
      rig.send(step.partition, step.padBytes)
    } else if (step.kind === 'turn') {
      rig.clock.endTurn()
    } else if (step.kind === 'advance') {
      await rig.clock.advance(step.ms)
    } else if (step.kind === 'openFails') {
      rig.openFailures.push(step.code)
    } else if (step.kind === 'arriveLate') {
      rig.appenders[step.partition]![step.appender]?.arrive()
    } else {
      const appender = rig.appender(step.partition)
      if (step.kind === 'answer') appender?.answer(step.n)
      else if (step.kind === 'refuse') appender?.arrive(step.code)
      else if (step.kind === 'breakDown') appender?.breakDown(step.code)
      else if (step.kind === 'lose') {
        const { unanswered = [] } = appender ?? {}
        const request = unanswered[step.n % Math.max(unanswered.length, 1)]
        if (request !== undefined) appender!.lose(request, 'REQUEST_TIMED_OUT')
      } else for (let i = 0; i < step.count; i++) appender?.arrive()
    }
    await rig.turnPromises()
    const { bufferAvailableBytes } = rig.records.metrics()
    expect(bufferAvailableBytes).toBeGreaterThanOrEqual(0)
  }
  rig.openFailures.length = 0
  await rig.finish()
}

function check(rig: SenderRig, isNumbered: boolean): void {
  for (let p = 0; p < PARTITIONS; p++) {
    const { values } = rig.logs[p]!
    const sent = rig.sent.filter(({ partition: to }) => to === p)
    // Each at most once, and in the order in which they were given to the producer. Without numbers what was on
    // its way to a worker that died may be there twice: what counts is the last time.
    const lastTimes = [...new Set(values.toReversed())].toReversed()
    if (isNumbered) expect(lastTimes).toEqual(values)
    const order = new Map(sent.map(({ value }, index) => [value, index]))
    // Without numbers nothing keeps a batch out that was given up, and arrives late.
    const delivered = new Set(sent.filter(({ error }) => error === null).map(({ value }) => value))
    const ordered = isNumbered ? values : lastTimes.filter((value) => delivered.has(value))
    const indexes = ordered.map((value) => order.get(value)!)
    expect(indexes).toEqual(indexes.toSorted((a, b) => a - b))
    for (const record of sent) {
      expect(record.settledTimes).toBe(1)
      const { metadata } = record
      if (metadata?.offset === -1) expect(values).toContain(record.value)
      else if (metadata !== null) expect(values[metadata.offset]).toBe(record.value)
      else if (values.includes(record.value)) {
        expect(record.error!.details).toMatchObject({ isMaybeAppended: true })
      }
    }
  }
  const failed = rig.sent.filter(({ error }) => error !== null).length
  expect(rig.failures.reduce((sum, { count }) => sum + count, 0)).toBe(failed)
  const metrics = rig.records.metrics()
  expect(metrics.requestsInFlight).toBe(0)
  expect(metrics.recordErrorTotal).toBe(failed)
  expect(metrics.bufferAvailableBytes).toBe(metrics.bufferTotalBytes)
  expect(isNumbered || rig.identities === 0).toBe(true)
}

const CONFIG: ProducerConfig = {
  batchSizeBytes: 512,
  bufferMemoryBytes: 8192,
  maxBlockMs: 4000,
  requestTimeoutMs: 1000,
  deliveryTimeoutMs: 6000,
  retryBackoffMs: 50,
}

describe.each<[string, ProducerConfig, RigOptions]>([
  ['numbered, memory stays', {}, { keepsMemory: true }],
  ['numbered, memory stays, many at a time', {}, { keepsMemory: true, laneInFlight: 9 }],
  ['numbered, memory goes with the call', {}, {}],
  ['numbered, compressed', { compression: 'zstd' }, { keepsMemory: true }],
  ['numbered, one at a time', { maxInFlight: 1 }, { keepsMemory: true }],
  ['not numbered, memory stays', { idempotence: false }, { keepsMemory: true }],
  ['not numbered, memory goes with the call', { idempotence: false }, {}],
])('whatever happens on the way: %s', (_, config, options) => {
  test('records stay in order, are there once, and each is settled once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(op, { minLength: 20, maxLength: 200, size: 'max' }),
        async (ops) => {
          const rig = new SenderRig(
            { ...CONFIG, ...config },
            { partitions: PARTITIONS, ...options },
          )
          await run(rig, ops)
          check(rig, config.idempotence !== false)
        },
      ),
      { numRuns: 150 },
    )
  })
})
