import { Producer, connect, type ProducerConfig, type Transport } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'

/** What a producing role is told. */
export interface ProducerTask {
  readonly topic: string
  /** Sent before the clock starts. */
  readonly warmUpRecords: number
  readonly timedRecords: number
}

/** The point at which every role is warm, and the clock starts. */
export const WARM = 'warm'

/** A producing role on that transport: `write` and `drained`, as fast as the log takes it. */
export function producerBy(transport: Transport): (context: RoleContext<never>) => Promise<void> {
  return (context) => produce(context, transport)
}

async function produce(context: RoleContext<ProducerTask>, transport: Transport): Promise<void> {
  const { topic, warmUpRecords, timedRecords } = context.data
  const client = await connect()
  const producer = new Producer(client, { transport, ...producerConfigOf(context) })
  const value = patternValue(context.number('recordSizeBytes'), context.index)
  const total = warmUpRecords + timedRecords
  for (let sequence = 0; sequence < total; sequence++) {
    if (sequence === warmUpRecords) {
      await producer.flush()
      await context.sync(WARM)
    }
    stamp(value, sequence)
    if (!producer.write({ topic, value })) await producer.drained()
  }
  await producer.flush()
  await client.close()
}

export function producerConfigOf(context: RoleContext): ProducerConfig {
  return {
    batchSizeBytes: context.number('batchSizeBytes'),
    lingerMs: context.number('lingerMs'),
  }
}
