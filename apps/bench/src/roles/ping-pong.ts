import type { RoleContext } from '../define-scenario.ts'
import { DoorbellLink, type DoorbellLinkMemory } from '../limits/doorbell-link.ts'
import { LatencyHistogram, type LatencyMicros } from '../metrics/latency-histogram.ts'
import { StampChecker, patternValue, stamp, type Tally } from '../metrics/stamped-value.ts'
import { clientsFor } from './clients-for.ts'
import { WARM } from './producing.ts'

export const PING = 'ping'
export const PONG = 'pong'

export interface PingPongTask {
  readonly link: DoorbellLinkMemory
  /** Round trips before the clock starts; and of the bare doorbells, before and after all records. */
  readonly warmUpRecords: number
  readonly bareRounds: number
}

export interface PingPongCalled {
  readonly tally: Tally
  readonly finishedAtMs: number
  readonly roundTrip: LatencyMicros
  readonly bareRoundTrip: LatencyMicros
}

/** Sends a record, and waits for it to be acknowledged and answered before it sends the next. */
export async function call(context: RoleContext<PingPongTask>): Promise<PingPongCalled> {
  const { warmUpRecords, bareRounds } = context.data
  const link = new DoorbellLink(context.data.link, context)
  const bareTimes = new LatencyHistogram()
  const times = new LatencyHistogram()
  const { client, producer, consumer } = await clientsFor(context, PONG)
  const sizeBytes = context.number('recordSizeBytes')
  const value = patternValue(sizeBytes, 0)
  const checker = new StampChecker(sizeBytes, 1)
  const callOnce = async (sequence: number): Promise<void> => {
    stamp(value, sequence)
    const [, records] = await Promise.all([producer.send({ topic: PING, value }), consumer.poll()])
    checker.checkAll(consumer.cursor(records))
    if (checker.count !== sequence + 1) throw new Error(`record ${sequence} was not answered once`)
  }
  await context.sync('assigned')
  await link.call(bareRounds, new LatencyHistogram()) // cold
  await link.call(bareRounds, bareTimes)
  for (let sequence = 0; sequence < warmUpRecords; sequence++) await callOnce(sequence)
  await context.sync(WARM)
  const end = warmUpRecords + context.number('records')
  for (let sequence = warmUpRecords; sequence < end; sequence++) {
    const calledAtMs = context.nowMs()
    await callOnce(sequence)
    times.record(context.nowMs() - calledAtMs)
  }
  const finishedAtMs = context.nowMs()
  await link.call(bareRounds, bareTimes)
  await client.close()
  return {
    tally: checker.tally,
    finishedAtMs,
    roundTrip: times.summary(),
    bareRoundTrip: bareTimes.summary(),
  }
}

/** Answers each record with the same bytes on the other topic. */
export async function answer(context: RoleContext<PingPongTask>): Promise<Tally> {
  const { warmUpRecords, bareRounds } = context.data
  const link = new DoorbellLink(context.data.link, context)
  const { client, producer, consumer } = await clientsFor(context, PING)
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  const answerUntil = async (count: number): Promise<void> => {
    while (checker.count < count) {
      const cursor = consumer.cursor(await consumer.poll())
      while (cursor.next()) {
        const { bytes, valueStart, valueLength } = cursor
        checker.check(bytes, valueStart, valueLength)
        producer.write({ topic: PONG, value: bytes.subarray(valueStart, valueStart + valueLength) })
      }
    }
  }
  await context.sync('assigned')
  await link.answer(2 * bareRounds)
  await answerUntil(warmUpRecords)
  await context.sync(WARM)
  await answerUntil(warmUpRecords + context.number('records'))
  await link.answer(bareRounds)
  await producer.flush()
  await client.close()
  return checker.tally
}
