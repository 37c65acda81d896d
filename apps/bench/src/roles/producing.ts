import {
  Producer,
  connect,
  type ProducerConfig,
  type ProducerRecord,
  type RecordMetadata,
  type Transport,
} from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { HeapWatch, type HeapGrowth } from '../metrics/heap-growth.ts'
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

/** So many records are sent before their promises are awaited. */
const SENDS_AT_A_TIME = 10_000

/** A producing role on that transport: `write` and `drained`, as fast as the log takes it. */
export function producerBy(transport: Transport): (context: RoleContext<never>) => Promise<void> {
  return (context) => produce(context, transport)
}

/** A producing role: `write` of a string key, ever another, and a Buffer as the value. */
export async function produceObjects(context: RoleContext<ProducerTask>): Promise<void> {
  const keys = Array.from({ length: 1024 }, (_, i) => `key-${i}`)
  await produce(context, 'shared', (sequence) => keys[sequence & 1023]!)
}

/** A producing role: `send`, a promise a record, all of them awaited. */
export async function sendAll(context: RoleContext<ProducerTask>): Promise<void> {
  const { topic, warmUpRecords, timedRecords } = context.data
  const client = await connect()
  const producer = new Producer(client, { transport: 'shared', ...producerConfigOf(context) })
  const value = patternValue(context.number('recordSizeBytes'), context.index)
  const total = warmUpRecords + timedRecords
  let sent: Array<Promise<RecordMetadata>> = []
  for (let sequence = 0; sequence < total; sequence++) {
    if (sequence === warmUpRecords) {
      await Promise.all(sent)
      sent = []
      await context.sync(WARM)
    }
    stamp(value, sequence)
    sent.push(producer.send({ topic, value }))
    if (sent.length < SENDS_AT_A_TIME) continue
    await Promise.all(sent)
    sent = []
  }
  await Promise.all(sent)
  await client.close()
}

/** A producing role on a lane, which watches its thread's heap. */
export async function produceWatched(context: RoleContext<ProducerTask>): Promise<HeapGrowth> {
  let watch: HeapWatch | null = null
  let growth: HeapGrowth | null = null
  await produce(context, 'shared', null, {
    config: producerConfigOf(context),
    onWarm: () => (watch = new HeapWatch()),
    onFlushed: () => (growth = watch!.growthOver(context.data.timedRecords)),
  })
  return growth!
}

/** A producing role with the default configuration. */
export async function produceByDefault(context: RoleContext<ProducerTask>): Promise<void> {
  await produce(context, 'auto', null, { config: {} })
}

interface ProduceOptions {
  readonly config?: ProducerConfig
  /** Called before the clock starts. */
  readonly onWarm?: () => void
  /** Called when all is acknowledged, before the client closes. */
  readonly onFlushed?: () => void
}

async function produce(
  context: RoleContext<ProducerTask>,
  transport: Transport,
  keyOf: ((sequence: number) => string) | null = null,
  { config = producerConfigOf(context), onWarm, onFlushed }: ProduceOptions = {},
): Promise<void> {
  const { topic, warmUpRecords, timedRecords } = context.data
  const client = await connect()
  const producer = new Producer(client, { transport, ...config })
  const value = Buffer.from(patternValue(context.number('recordSizeBytes'), context.index))
  const total = warmUpRecords + timedRecords
  // Whatever is in it is copied before `write` returns, so it can be used again.
  const record: ProducerRecord = { topic, key: null, value }
  const setSequence = stamp // an import is looked up through its module for every record
  for (let sequence = 0; sequence < total; sequence++) {
    if (sequence === warmUpRecords) {
      await producer.flush()
      onWarm?.()
      await context.sync(WARM)
    }
    setSequence(value, sequence)
    if (keyOf !== null) record.key = keyOf(sequence)
    if (!producer.write(record)) await producer.drained()
  }
  await producer.flush()
  onFlushed?.()
  await client.close()
}

export function producerConfigOf(context: RoleContext): ProducerConfig {
  return {
    batchSizeBytes: context.number('batchSizeBytes'),
    lingerMs: context.number('lingerMs'),
  }
}
