import { Producer, connect } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM } from './producing.ts'

export const AWAITED_TOPIC = 'bench'

/** Sends one record after the other, each awaited; every offset must be the next. */
export async function sendAndAwait(context: RoleContext): Promise<number> {
  const client = await connect()
  const producer = new Producer(client, { transport: 'rpc' })
  const value = patternValue(context.number('recordSizeBytes'), 0)
  let sequence = 0
  const sendMore = async (count: number): Promise<void> => {
    for (const end = sequence + count; sequence < end; sequence++) {
      stamp(value, sequence)
      const { offset } = await producer.send({ topic: AWAITED_TOPIC, value })
      if (offset !== sequence) throw new Error(`record ${sequence} got offset ${offset}`)
    }
  }
  await context.warmUp(() => sendMore(lapOf(context.number('records'))))
  await context.sync(WARM)
  await sendMore(context.number('records'))
  const finishedAtMs = context.nowMs()
  await client.close()
  return finishedAtMs
}
