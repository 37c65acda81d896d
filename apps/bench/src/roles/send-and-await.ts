import { Producer, connect } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'

export const AWAITED_TOPIC = 'bench'
export const WARM_UP_RECORDS = 2_000

/** Sends one record after the other, each awaited; every offset must be the next. */
export async function sendAndAwait(context: RoleContext): Promise<number> {
  const client = await connect()
  const producer = new Producer(client, { transport: 'rpc' })
  const value = patternValue(context.number('recordSizeBytes'), 0)
  const total = WARM_UP_RECORDS + context.number('records')
  for (let sequence = 0; sequence < total; sequence++) {
    if (sequence === WARM_UP_RECORDS) await context.sync(WARM)
    stamp(value, sequence)
    const { offset } = await producer.send({ topic: AWAITED_TOPIC, value })
    if (offset !== sequence) throw new Error(`record ${sequence} got offset ${offset}`)
  }
  const finishedAtMs = context.nowMs()
  await client.close()
  return finishedAtMs
}
