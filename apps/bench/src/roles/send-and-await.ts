import { Producer, connect, type ProducerConfig } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { LatencyHistogram, type LatencyMicros } from '../metrics/latency-histogram.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM } from './producing.ts'

export const AWAITED_TOPIC = 'bench'

/** What came of the timed part. */
export interface Awaited {
  readonly finishedAtMs: number
  /** From the call to its promise's answer. */
  readonly latency: LatencyMicros
}

/** Sends one record after the other, each awaited; every offset must be the next. */
export function sendAndAwaitBy(
  transport: NonNullable<ProducerConfig['transport']>,
): (context: RoleContext) => Promise<Awaited> {
  return async (context) => {
    const client = await connect()
    const producer = new Producer(client, { transport })
    const value = patternValue(context.number('recordSizeBytes'), 0)
    let sequence = 0
    const sendMore = async (count: number): Promise<LatencyMicros> => {
      const latency = new LatencyHistogram()
      for (const end = sequence + count; sequence < end; sequence++) {
        stamp(value, sequence)
        const calledAtMs = context.nowMs()
        const { offset } = await producer.send({ topic: AWAITED_TOPIC, value })
        latency.record(context.nowMs() - calledAtMs)
        if (offset !== sequence) throw new Error(`record ${sequence} got offset ${offset}`)
      }
      return latency.summary()
    }
    await context.warmUp(async () => void (await sendMore(lapOf(context.number('records')))))
    await context.sync(WARM)
    const latency = await sendMore(context.number('records'))
    const finishedAtMs = context.nowMs()
    await client.close()
    return { finishedAtMs, latency }
  }
}
