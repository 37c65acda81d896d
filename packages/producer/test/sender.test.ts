import { RecordBatchHeader, RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { SenderRig, sendBatches, startedRig } from './sender-rig.ts'

/** What was handed over and not answered: epoch and sequence of each batch. */
function numbersInFlight(rig: SenderRig): Array<[epoch: number, sequence: number]> {
  return rig.appender()!.unanswered.map(({ bytes }) => {
    const { producerEpoch, baseSequence } = new RecordBatchHeader().wrap(bytes)
    return [producerEpoch, baseSequence]
  })
}

async function arriveAndAnswer(rig: SenderRig, count: number): Promise<void> {
  for (let i = 0; i < count; i++) rig.appender()!.arrive()
  for (let i = 0; i < count; i++) rig.appender()!.answer(0)
  await rig.turn()
}

describe('batches that are refused', () => {
  test('for a reason that passes leave again after a backoff, and those behind them too', async () => {
    const rig = await startedRig()
    await sendBatches(rig, 3)
    rig.appender()!.arrive('REQUEST_TIMED_OUT')
    await arriveAndAnswer(rig, 2)
    rig.appender()!.answer(0)
    await rig.turn()
    expect(rig.appender()!.unanswered).toEqual([])
    await rig.advance(99)
    expect(rig.appender()!.unanswered).toEqual([])
    await rig.advance(1)
    expect(numbersInFlight(rig)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ])
    await arriveAndAnswer(rig, 3)
    expect(rig.sent.map(({ metadata }) => metadata?.offset)).toEqual([0, 1, 2, 3])
    expect(rig.records.metrics()).toMatchObject({
      recordSendTotal: 4,
      recordRetryTotal: 3,
      recordErrorTotal: 0,
    })
  })

  test('wait twice as long each time, up to a second', async () => {
    const rig = await startedRig({ retryBackoffMs: 100 })
    await sendBatches(rig, 1)
    for (const backoffMs of [100, 200, 400, 800, 1000, 1000]) {
      rig.appender()!.arrive('WORKER_CRASHED')
      rig.appender()!.answer(0)
      await rig.turn()
      await rig.advance(backoffMs - 1)
      expect(rig.appender()!.unanswered).toEqual([])
      await rig.advance(1)
      expect(rig.appender()!.unanswered).toHaveLength(1)
    }
  })

  test.each(['BUFFER_FULL', 'MESSAGE_TOO_LARGE', 'CORRUPT_MESSAGE', 'PARTITION_OFFLINE'] as const)(
    'with %s fail at once; those behind them are numbered anew and leave',
    async (code) => {
      const rig = await startedRig()
      await sendBatches(rig, 3)
      rig.appender()!.arrive(code)
      await arriveAndAnswer(rig, 2)
      rig.appender()!.answer(0)
      await rig.turn()
      expect(rig.sent[1]!.error).toMatchObject({ code })
      expect(rig.failures).toEqual([{ code, partition: 0, count: 1 }])
      expect(numbersInFlight(rig)).toEqual([
        [0, 1],
        [0, 2],
      ])
    },
  )

  test('as out of order although nothing before them was go on under a new epoch', async () => {
    const rig = await startedRig()
    await sendBatches(rig, 1)
    rig.appender()!.arrive('OUT_OF_ORDER_SEQUENCE_NUMBER')
    rig.appender()!.answer(0)
    await rig.turn()
    await rig.advance(150)
    expect(numbersInFlight(rig)).toEqual([[1, 0]])
    await rig.finish()
    expect(rig.logs[0]!.values).toHaveLength(2)
  })

  test('without numbers are tried again only when none left after them', async () => {
    const rig = await startedRig({ idempotence: false })
    await sendBatches(rig, 2)
    rig.appender()!.arrive('REQUEST_TIMED_OUT')
    rig.appender()!.arrive('REQUEST_TIMED_OUT')
    rig.appender()!.answer(0)
    rig.appender()!.answer(0)
    await rig.turn()
    expect(rig.sent[1]!.error).toMatchObject({ code: 'REQUEST_TIMED_OUT' })
    expect(rig.sent[2]!.settledTimes).toBe(0)
    await rig.finish()
    expect(rig.sent[2]!.metadata).toMatchObject({ offset: 1 })
  })
})

describe('batches whose answer does not come', () => {
  test('leave again under the same number, and get the offset that they have', async () => {
    const rig = await startedRig({}, { keepsMemory: true })
    await sendBatches(rig, 2)
    rig.appender()!.arrive()
    rig.appender()!.arrive()
    rig.appender()!.breakDown('WORKER_CRASHED')
    await rig.turn()
    await rig.advance(150)
    expect(rig.appenders[0]).toHaveLength(2)
    expect(numbersInFlight(rig)).toEqual([
      [0, 1],
      [0, 2],
    ])
    await arriveAndAnswer(rig, 2)
    expect(rig.sent.map(({ metadata }) => metadata?.offset)).toEqual([0, 1, 2])
    expect(rig.logs[0]!.values).toHaveLength(3)
  })

  test('are told to be in the log though it knows only of the last five at which offset', async () => {
    const rig = await startedRig({}, { keepsMemory: true, laneInFlight: 9 })
    await sendBatches(rig, 8)
    for (let i = 0; i < 8; i++) rig.appender()!.arrive()
    rig.appender()!.breakDown('WORKER_CRASHED')
    await rig.turn()
    await rig.finish()
    expect(rig.sent.map(({ metadata }) => metadata?.offset)).toEqual([0, -1, -1, -1, 4, 5, 6, 7, 8])
    expect(rig.logs[0]!.values).toHaveLength(9)
    await sendBatches(rig, 1)
    expect(numbersInFlight(rig)).toEqual([[0, 9]])
  })

  test('fail where their memory went with the call, and a new epoch begins', async () => {
    const rig = await startedRig()
    await sendBatches(rig, 1)
    rig.appender()!.breakDown('WORKER_CRASHED')
    await rig.turn()
    expect(rig.sent[1]!.error).toMatchObject({ code: 'WORKER_CRASHED' })
    await sendBatches(rig, 1)
    expect(numbersInFlight(rig)).toEqual([[1, 0]])
    // What arrives late under the old epoch is kept out.
    await arriveAndAnswer(rig, 1)
    rig.appenders[0]![0]!.arrive()
    expect(rig.logs[0]!.values).toHaveLength(2)
  })

  test('a new epoch begins only once all that may be in the log was asked for', async () => {
    const rig = await startedRig({ deliveryTimeoutMs: 31_000 }, { keepsMemory: true })
    await sendBatches(rig, 1)
    await rig.advance(10_000)
    await sendBatches(rig, 2)
    await rig.advance(21_600)
    expect(rig.sent.map(({ settledTimes }) => settledTimes)).toEqual([1, 1, 0, 0])
    // The first is out of time, and no answer comes to it and to the second; the third is refused.
    const [first, second] = rig.appender()!.unanswered
    rig.appender()!.lose(first!, 'REQUEST_TIMED_OUT')
    rig.appender()!.lose(second!, 'REQUEST_TIMED_OUT')
    first!.outcome = second!.outcome = { error: new RinglogError('REQUEST_TIMED_OUT') }
    await arriveAndAnswer(rig, 1)
    await rig.advance(150)
    expect(numbersInFlight(rig)).toEqual([[0, 2]])
    await arriveAndAnswer(rig, 1)
    expect(rig.sent[2]!.error).toMatchObject({
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
      details: { isMaybeAppended: true },
    })
    expect(numbersInFlight(rig)).toEqual([[1, 0]])
    await arriveAndAnswer(rig, 1)
    expect(rig.sent[3]!.metadata).toMatchObject({ offset: 1 })
  })
})

describe('deliveryTimeoutMs', () => {
  const SHORT = { requestTimeoutMs: 100, deliveryTimeoutMs: 1000 }

  test('fails what has not left: a little later, as what is on its way may say why', async () => {
    const rig = await startedRig({ ...SHORT, maxInFlight: 1 })
    await sendBatches(rig, 2)
    await rig.advance(1400)
    expect(rig.sent[2]!.settledTimes).toBe(0)
    await rig.advance(150)
    expect(rig.sent[2]!.error).toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      details: { topic: 'orders', partition: 0, deliveryTimeoutMs: 1000, isMaybeAppended: false },
    })
  })

  test('names the full ring where that is why nothing has left', async () => {
    const rig = await startedRig({ ...SHORT, maxInFlight: 1 })
    await sendBatches(rig, 3)
    await rig.advance(1010)
    rig.appender()!.arrive('BUFFER_FULL')
    rig.appender()!.answer(0)
    await rig.turn()
    expect(rig.sent.slice(1).map(({ error }) => error?.code)).toEqual(Array(3).fill('BUFFER_FULL'))
    expect(rig.sent[3]!.error!.details).toMatchObject({ waitedMs: 1010 })
  })

  test('fails what has left a little later; its memory stays taken until the answer', async () => {
    const rig = await startedRig(SHORT)
    await sendBatches(rig, 1)
    await rig.advance(1400)
    expect(rig.sent[1]!.settledTimes).toBe(0)
    await rig.advance(150)
    expect(rig.sent[1]!.error).toMatchObject({ details: { isMaybeAppended: true } })
    const { bufferAvailableBytes, bufferTotalBytes } = rig.records.metrics()
    expect(bufferAvailableBytes).toBe(bufferTotalBytes - 512)
    await arriveAndAnswer(rig, 1)
    expect(rig.records.metrics().bufferAvailableBytes).toBe(bufferTotalBytes)
    expect(rig.sent[1]!.settledTimes).toBe(1)
    // The log has it: what comes next goes on from there.
    await sendBatches(rig, 1)
    expect(numbersInFlight(rig)).toEqual([[0, 2]])
  })

  test('ends retries, with what is known of the record', async () => {
    const rig = await startedRig({ ...SHORT, retryBackoffMs: 300 })
    await sendBatches(rig, 1)
    for (const backoffMs of [300, 600, 99]) {
      rig.appender()!.arrive('REQUEST_TIMED_OUT')
      rig.appender()!.answer(0)
      await rig.turn()
      expect(rig.sent[1]!.settledTimes).toBe(0)
      await rig.advance(backoffMs)
    }
    await rig.advance(1)
    expect(rig.sent[1]!.error).toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      details: { isMaybeAppended: false },
    })
    expect(rig.logs[0]!.values).toHaveLength(1)
  })

  test('bounds what the worker is given: it refuses in time', async () => {
    const rig = await startedRig({ ...SHORT, maxInFlight: 1, maxBlockMs: 60_000 })
    await sendBatches(rig, 2)
    await rig.advance(950)
    await arriveAndAnswer(rig, 1)
    const { deadline } = rig.appender()!.unanswered[0]!
    expect(deadline.requestDeadlineMs - rig.clock.nowMs()).toBe(50)
    expect(deadline.maxBlockMs).toBe(50)
  })
})

describe('a way to the log that is lost', () => {
  test.each(['REQUEST_TIMED_OUT', 'WORKER_CRASHED'] as const)(
    'with %s while something is on its way: that leaves again by another one',
    async (code) => {
      const rig = await startedRig({}, { keepsMemory: true })
      await sendBatches(rig, 2)
      rig.appender()!.breakDown(code)
      await rig.turn()
      await rig.advance(150)
      expect(rig.appenders[0]).toHaveLength(2)
      await rig.finish()
      expect(rig.sent.map(({ metadata }) => metadata?.offset)).toEqual([0, 1, 2])
    },
  )

  test('while nothing is: the next batch does not fail of it', async () => {
    const rig = await startedRig()
    rig.appender()!.breakDown('PARTITION_OFFLINE')
    await sendBatches(rig, 1)
    await arriveAndAnswer(rig, 1)
    expect(rig.sent[1]!.metadata).toMatchObject({ offset: 1 })
    expect(rig.failures).toEqual([])
  })
})

test.each([
  ['as many as its way takes', undefined, 9],
  ['as many as its user says, where he does', 2, 2],
])('of a partition %s are on their way', async (_, maxInFlight, expected) => {
  const config = maxInFlight === undefined ? {} : { maxInFlight }
  const rig = await startedRig(config, { keepsMemory: true, laneInFlight: 9 })
  await sendBatches(rig, 12)
  expect(rig.appender()!.unanswered).toHaveLength(expected)
})

test('when its epochs are used up a producer gets a new id', async () => {
  const rig = await startedRig({}, { firstEpoch: 0x7fff })
  await sendBatches(rig, 1)
  rig.appender()!.breakDown('PARTITION_OFFLINE')
  await rig.turn()
  await sendBatches(rig, 1)
  expect(numbersInFlight(rig)).toEqual([[0, 0]])
  expect(rig.identities).toBe(2)
  await arriveAndAnswer(rig, 1)
  expect(rig.logs[0]!.values).toHaveLength(2)
})

test('a producer id that cannot be had now is asked for again', async () => {
  const rig = new SenderRig({})
  rig.identityFailures.push('REQUEST_TIMED_OUT')
  const record = rig.send()
  await rig.turn()
  expect(record.settledTimes).toBe(0)
  await rig.advance(150)
  await rig.finish()
  expect(record.metadata).toMatchObject({ offset: 0 })
})

test('a record that is written when told of a failure is in the log, wherever that happens', async () => {
  const rig: SenderRig = await startedRig({ onDeliveryError: () => rig.send(0, 400) })
  await sendBatches(rig, 1)
  const appender = rig.appender()!
  appender.arrive('CORRUPT_MESSAGE')
  rig.send(0, 400)
  // The answer is found while a batch for this record is opened.
  appender.collect = () => {
    appender.collect = () => undefined
    appender.answersAtOnce = true
    appender.answer(0)
    appender.answersAtOnce = false
  }
  rig.send(0, 400)
  await rig.finish()
  const offsets = rig.sent.map(({ metadata }) => metadata?.offset ?? -1)
  expect(offsets.filter((offset) => offset < 0)).toHaveLength(1)
  expect(offsets.filter((offset) => offset >= 0).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
})
