import { connect, type ProducerConfig } from 'ringlog'
import { delayAcks, dropAcks, failAppends } from 'ringlog/testing'
import { until } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, isSettled, pollValues, settle } from './rig.ts'

const DAY_MS = 86_400_000
const valueOf = (i: number): string => `${i}`.padEnd(90, '.')

describe.each(TRANSPORTS)('answers that are late or lost, by %s', (transport) => {
  /** Each record travels alone, several at a time. */
  const ONE_BY_ONE: ProducerConfig = { batchSizeBytes: 100 }

  test('a late answer: the record is in the log and can be read, and send waits', async () => {
    const rig = await Rig.start(transport)
    const [producer, consumer] = [rig.producer(), await rig.consumer()]
    await producer.send({ topic: rig.topic, value: 'first' })
    const late = await delayAcks(await connect(), rig.at(0), DAY_MS)
    const sent = producer.send({ topic: rig.topic, value: 'late' })
    expect(await pollValues(consumer, 2)).toEqual([['first', 'late']])
    await late.struck()
    expect(await isSettled(sent)).toBe(false)
    late.lift()
    expect(await sent).toMatchObject({ offset: 1 })
    expect(await producer.send({ topic: rig.topic, value: 'last' })).toMatchObject({ offset: 2 })
  })

  test('it arrives when its time has come', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    using _ = await delayAcks(rig.broker, rig.at(0), 60)
    const startMs = performance.now()
    await producer.send({ topic: rig.topic, value: 'late' })
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(59)
    await producer.send({ topic: rig.topic, value: 'late again' })
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(118)
  })

  test('several are late together, and come in order', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ ...ONE_BY_ONE, maxInFlight: 5 })
    await producer.send({ topic: rig.topic, value: 'first' })
    const late = await delayAcks(rig.broker, rig.at(0), DAY_MS)
    const acked: number[] = []
    const sent = Array.from({ length: 4 }, async (_, i) => {
      const { offset } = await producer.send({ topic: rig.topic, value: valueOf(i) })
      acked.push(offset)
    })
    await pollValues(await rig.consumer(), 5)
    await settle()
    expect(acked).toEqual([])
    late.lift()
    await Promise.all(sent)
    expect(acked).toEqual([1, 2, 3, 4])
  })

  test('a batch that waited for room when the fault came is late as well', async () => {
    const rig = await Rig.start(transport, { ringBytes: 64 * 1024 })
    const consumer = await rig.consumer()
    const producer = rig.producer()
    const record = { topic: rig.topic, value: 'x'.repeat(10_000) }
    let waiting = producer.send(record)
    let count = 1
    while (await isSettled(waiting)) {
      waiting = producer.send(record)
      count++
    }
    const late = await delayAcks(rig.broker, rig.at(0), DAY_MS)
    expect((await pollValues(consumer, count))[0]).toHaveLength(count)
    expect(await isSettled(waiting)).toBe(false)
    late.lift()
    expect(await waiting).toMatchObject({ offset: count - 1 })
  })

  test('refusals are late, too', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    await producer.send({ topic: rig.topic, value: 'a' })
    const late = await delayAcks(rig.broker, rig.at(0), DAY_MS)
    await failAppends(rig.broker, rig.at(0), { code: 'INVALID_RECORD' })
    const refused = producer.send({ topic: rig.topic, value: 'b' }).catch((error: unknown) => error)
    await late.struck()
    expect(await isSettled(refused)).toBe(false)
    late.lift()
    expect(await refused).toMatchObject({ code: 'INVALID_RECORD' })
  })

  test('the broker closes although answers are late', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    await delayAcks(rig.broker, rig.at(0), DAY_MS)
    const sent = producer.send({ topic: rig.topic, value: 'late' }).then(
      () => 'acknowledged',
      ({ details }: { details: { isMaybeAppended?: boolean } }) => details.isMaybeAppended,
    )
    await pollValues(await rig.consumer(), 1)
    await rig.broker.close({ timeoutMs: 100 })
    // What is in the log is not said to be elsewhere.
    expect(['acknowledged', true]).toContain(await sent)
  })

  test('a lost answer: the record is in the log, and its producer hears nothing', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    await producer.send({ topic: rig.topic, value: 'first' })
    const lost = await dropAcks(rig.broker, rig.at(0), 1)
    const sent = producer.send({ topic: rig.topic, value: 'a' }).catch(() => 'failed')
    await lost.struck()
    expect(await pollValues(await rig.consumer(), 2)).toEqual([['first', 'a']])
    expect(await isSettled(sent)).toBe(false)
    const other = rig.producer()
    expect(await other.send({ topic: rig.topic, value: 'b' })).toMatchObject({ offset: 2 })
  })

  /** A lost answer is given up after the larger of these, and a second. */
  const IMPATIENT: ProducerConfig = { requestTimeoutMs: 50, maxBlockMs: 50 }

  test.each([1, 3])('%i lost: sent again, and in the log once and in order', async (count) => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ ...IMPATIENT, ...ONE_BY_ONE })
    await producer.send({ topic: rig.topic, value: 'first' })
    const lost = await dropAcks(rig.broker, rig.at(0), count)
    // As many as can be on their way.
    const sent = Array.from({ length: 16 }, (_, i) =>
      producer.send({ topic: rig.topic, value: valueOf(i) }),
    )
    await lost.struck()
    const offsets = (await Promise.all(sent)).map(({ offset }) => offset)
    expect(offsets).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
    await producer.send({ topic: rig.topic, value: 'last' })
    const [values] = await pollValues(await rig.consumer(), 18)
    expect(values).toEqual(['first', ...Array.from({ length: 16 }, (_, i) => valueOf(i)), 'last'])
    expect(producer.metrics().recordRetryTotal).toBeGreaterThanOrEqual(count)
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(18)
  })

  test('a batch that waits for room is not taken for one whose answer was lost', async () => {
    const rig = await Rig.start(transport, { ringBytes: 64 * 1024 })
    const consumer = await rig.consumer()
    const producer = rig.producer({ requestTimeoutMs: 1_000, maxBlockMs: 60_000 })
    const sent = Array.from({ length: 10 }, () =>
      producer.send({ topic: rig.topic, value: 'x'.repeat(10_000) }),
    )
    const waitingAppends = async (): Promise<number> =>
      (await rig.broker.metrics()).topics[0]!.partitions[0]!.waitingAppends
    await until(async () => (await waitingAppends()) > 0)
    const { recordRetryTotal } = producer.metrics()
    await new Promise((resolve) => setTimeout(resolve, 2_300))
    expect(producer.metrics()).toMatchObject({ recordRetryTotal })
    expect(await waitingAppends()).toBeGreaterThan(0)
    await pollValues(consumer, 10)
    await Promise.all(sent)
  })

  test('lost, without idempotence: whether it is in the log is not known', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ ...IMPATIENT, idempotence: false })
    await dropAcks(rig.broker, rig.at(0), 1)
    await expect(producer.send({ topic: rig.topic, value: 'a' })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      details: { isMaybeAppended: true },
    })
    expect(await producer.send({ topic: rig.topic, value: 'b' })).toMatchObject({ offset: 1 })
  })

  test('lifted before an answer was lost, none is', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const lost = await dropAcks(rig.broker, rig.at(0), 1)
    lost.lift()
    await producer.send({ topic: rig.topic, value: 'a' })
    await expect(lost.struck()).rejects.toMatchObject({ code: 'INVALID_STATE' })
  })

  test('what goes to another partition is not concerned', async () => {
    const rig = await Rig.start(transport, { partitions: 2 })
    const producer = rig.producer()
    using _ = await delayAcks(rig.broker, rig.at(0), DAY_MS)
    const sent = producer.send({ topic: rig.topic, value: 'a', partition: 0 })
    await producer.send({ topic: rig.topic, value: 'b', partition: 1 })
    expect(await isSettled(sent)).toBe(false)
  })
})
