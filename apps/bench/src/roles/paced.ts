import { Consumer, Producer, connect, type WaitStrategy } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { DoorbellLink, turn, type DoorbellLinkMemory } from '../limits/doorbell-link.ts'
import { LatencyHistogram, type LatencyMicros } from '../metrics/latency-histogram.ts'
import { StampChecker, patternValue, stamp, type Tally } from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'

export const PACED_TOPIC = 'bench'
/** What the woken thread has to fall asleep again. */
const PAUSE_MS = 0.1

export interface PacedTask {
  readonly link: DoorbellLinkMemory
  /** One float64: when the first timed record is due; written before that record. */
  readonly schedule: SharedArrayBuffer
  readonly intervalMs: number
  readonly warmUpRecords: number
  readonly wakeUps: number
}

export interface PacedConsumed {
  readonly tally: Tally
  readonly finishedAtMs: number
  readonly endToEnd: LatencyMicros
  readonly wakeUp: LatencyMicros
}

/**
 * Writes each record when it is due, however late the one before was. Between two it turns its event
 * loop: no timer is as fine.
 */
export async function producePaced(context: RoleContext<PacedTask>): Promise<void> {
  const { schedule, intervalMs, warmUpRecords, wakeUps } = context.data
  const link = new DoorbellLink(context.data.link, context)
  const client = await connect()
  const producer = new Producer(client, {
    waitStrategy: context.parameters.wait as WaitStrategy,
  })
  const value = patternValue(context.number('recordSizeBytes'), 0)
  const produce = async (first: number, end: number, startMs: number): Promise<void> => {
    for (let sequence = first; sequence < end; await turn()) {
      const due = first + Math.floor((context.nowMs() - startMs) / intervalMs) + 1
      for (; sequence < Math.min(due, end); sequence++) {
        stamp(value, sequence)
        if (!producer.write({ topic: PACED_TOPIC, value })) await producer.drained()
      }
    }
  }
  await context.sync('assigned')
  await link.wake(2 * wakeUps, PAUSE_MS)
  await produce(0, warmUpRecords, context.nowMs())
  await context.sync(WARM)
  const startMs = context.nowMs()
  new Float64Array(schedule)[0] = startMs
  await produce(warmUpRecords, warmUpRecords + context.number('records'), startMs)
  await producer.flush()
  await link.wake(wakeUps, PAUSE_MS)
  await client.close()
}

/** Measures each record from when it was due to when it is in the consumer's hands. */
export async function consumePaced(context: RoleContext<PacedTask>): Promise<PacedConsumed> {
  const { schedule, intervalMs, warmUpRecords, wakeUps } = context.data
  const startMs = new Float64Array(schedule)
  const link = new DoorbellLink(context.data.link, context)
  const wakeUpTimes = new LatencyHistogram()
  const times = new LatencyHistogram()
  const client = await connect()
  const consumer = new Consumer(client, {
    waitStrategy: context.parameters.wait as WaitStrategy,
  })
  await consumer.assign([{ topic: PACED_TOPIC, partition: 0 }])
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  const consumeUntil = async (count: number, isTimed: boolean): Promise<void> => {
    while (checker.count < count) {
      const cursor = consumer.cursor(await consumer.poll())
      while (cursor.next()) {
        const dueMs = startMs[0]! + (checker.count - warmUpRecords) * intervalMs
        checker.check(cursor.bytes, cursor.valueStart, cursor.valueLength)
        if (isTimed) times.record(context.nowMs() - dueMs)
      }
    }
  }
  await context.sync('assigned')
  await link.measureWakeUps(wakeUps, new LatencyHistogram()) // cold
  await link.measureWakeUps(wakeUps, wakeUpTimes)
  await consumeUntil(warmUpRecords, false)
  await context.sync(WARM)
  await consumeUntil(warmUpRecords + context.number('records'), true)
  const finishedAtMs = context.nowMs()
  await link.measureWakeUps(wakeUps, wakeUpTimes)
  await client.close()
  return {
    tally: checker.tally,
    finishedAtMs,
    endToEnd: times.summary(),
    wakeUp: wakeUpTimes.summary(),
  }
}
