import type { RinglogError } from 'ringlog'
import {
  APPEND_ERROR_CODES,
  corruptNextBatch,
  failAppends,
  pausePartitionWorker,
} from 'ringlog/testing'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, isSettled, lacks, pollValues } from './rig.ts'

const DAY_MS = 86_400_000
const valueOf = (i: number): string => `${i}`.padEnd(90, '.')
/** The producer sends again what is refused with one of these. */
const RETRIED: ReadonlySet<string> = new Set([
  'CORRUPT_MESSAGE',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'REQUEST_TIMED_OUT',
])

async function endOffset({ broker, topic }: Rig): Promise<number> {
  return (await broker.offsets(topic))[0]!.endOffset
}

describe.each(TRANSPORTS)('appends that fail, by %s', (transport) => {
  const testWithThreads = test.skipIf(lacks(transport, 'ownThreads'))

  test.each(APPEND_ERROR_CODES)(
    '%s: as often as asked, and nothing of it is in the log',
    async (code) => {
      const rig = await Rig.start(transport)
      const producer = rig.producer({ retryBackoffMs: 1 })
      const send = (value: string): Promise<string> =>
        producer.send({ topic: rig.topic, value }).then(
          () => value,
          (error: RinglogError) => error.code,
        )
      await send('first')
      const failing = await failAppends(rig.broker, rig.at(0), { code, times: 2 })
      const outcomes = [await send('a'), await send('b'), await send('c')]
      await failing.struck()
      expect(outcomes).toEqual(RETRIED.has(code) ? ['a', 'b', 'c'] : [code, code, 'c'])
      const delivered = ['first', ...outcomes.filter((outcome) => outcome !== code)]
      expect(await endOffset(rig)).toBe(delivered.length)
      expect(await pollValues(await rig.consumer(), delivered.length)).toEqual([delivered])
    },
  )

  test('what was sent behind a refused batch keeps its order', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ batchSizeBytes: 100, retryBackoffMs: 1 })
    await producer.send({ topic: rig.topic, value: valueOf(0) })
    await failAppends(rig.broker, rig.at(0), { code: 'REQUEST_TIMED_OUT', times: 3 })
    const values = Array.from({ length: 20 }, (_, i) => valueOf(i))
    const sent = values.slice(1).map((value) => producer.send({ topic: rig.topic, value }))
    expect((await Promise.all(sent)).map(({ offset }) => offset)).toEqual(
      values.slice(1).map((_, i) => i + 1),
    )
    expect(await pollValues(await rig.consumer(), 20)).toEqual([values])
  })

  test('lifted, none fails', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    {
      using _ = await failAppends(rig.broker, rig.at(0), { code: 'INVALID_RECORD', times: 100 })
      await expect(producer.send({ topic: rig.topic, value: 'a' })).rejects.toMatchObject({
        code: 'INVALID_RECORD',
      })
    }
    await producer.send({ topic: rig.topic, value: 'b' })
    expect(await endOffset(rig)).toBe(1)
  })

  test.each([true, false])(
    'a batch that is altered on its way is refused, and sent again (idempotence: %j)',
    async (idempotence) => {
      const rig = await Rig.start(transport)
      const producer = rig.producer({ retryBackoffMs: 1, idempotence })
      await producer.send({ topic: rig.topic, value: 'first' })
      const corruption = await corruptNextBatch(rig.broker, rig.at(0))
      expect(await producer.send({ topic: rig.topic, value: 'a' })).toMatchObject({ offset: 1 })
      await corruption.struck()
      expect(producer.metrics().recordRetryTotal).toBe(1)
      expect(await pollValues(await rig.consumer(), 2)).toEqual([['first', 'a']])
      const { failedProduceRequestsTotal } = await rig.broker.metrics()
      expect(failedProduceRequestsTotal).toBe(1)
    },
  )

  test('two corruptions are of two batches', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ retryBackoffMs: 1 })
    const [first, second] = [
      await corruptNextBatch(rig.broker, rig.at(0)),
      await corruptNextBatch(rig.broker, rig.at(0)),
    ]
    await producer.send({ topic: rig.topic, value: 'a' })
    await Promise.all([first.struck(), second.struck()])
    expect(producer.metrics().recordRetryTotal).toBe(2)
    expect(await endOffset(rig)).toBe(1)
  })

  testWithThreads('a paused worker does nothing until its pause is lifted', async () => {
    const rig = await Rig.start(transport)
    const [producer, consumer] = [rig.producer(), await rig.consumer()]
    await producer.send({ topic: rig.topic, value: 'first' })
    const pause = await pausePartitionWorker(rig.broker, rig.at(0), DAY_MS)
    const sent = producer.send({ topic: rig.topic, value: 'a' })
    expect(await isSettled(sent)).toBe(false)
    expect(await pollValues(consumer, 1)).toEqual([['first']])
    expect(await endOffset(rig)).toBe(1)
    pause.lift()
    expect(await sent).toMatchObject({ offset: 1 })
  })

  testWithThreads('a pause ends by itself', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    await producer.send({ topic: rig.topic, value: 'first' })
    const startMs = performance.now()
    await pausePartitionWorker(rig.broker, rig.at(0), 80)
    await producer.send({ topic: rig.topic, value: 'a' })
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(79)
  })

  testWithThreads(
    'a request whose time is over during a pause is refused, and sent again',
    async () => {
      const rig = await Rig.start(transport)
      const producer = rig.producer({ requestTimeoutMs: 20, retryBackoffMs: 1 })
      await producer.send({ topic: rig.topic, value: 'first' })
      await pausePartitionWorker(rig.broker, rig.at(0), 100)
      expect(await producer.send({ topic: rig.topic, value: 'a' })).toMatchObject({ offset: 1 })
      expect(await endOffset(rig)).toBe(2)
    },
  )
})
