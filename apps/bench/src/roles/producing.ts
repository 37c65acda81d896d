import {
  Producer,
  connect,
  type ProducerConfig,
  type RecordMetadata,
  type Transport,
} from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { HeapWatch, type HeapGrowth } from '../metrics/heap-growth.ts'
import { patternValue, stamp } from '../metrics/stamped-value.ts'
import { ValueSizes } from '../metrics/value-sizes.ts'

/** What a producing role is told. */
export interface ProducerTask {
  readonly topic: string
  /** Sent in each lap of the warm-up. */
  readonly lapRecords: number
  readonly timedRecords: number
}

/** The point at which every role is warm, and the clock starts. */
export const WARM = 'warm'

/** So many records are sent before their promises are awaited. */
const SENDS_AT_A_TIME = 10_000

/** What a producing role has done. */
export interface Produced {
  /** In the warm-up and the timed part. */
  readonly sent: number
  /** When all was acknowledged. */
  readonly finishedAtMs: number
}

/** A producing role on that transport: `write` and `drained`, as fast as the log takes it. */
export function producerBy(
  transport: Transport,
): (context: RoleContext<never>) => Promise<Produced> {
  return (context) => produce(context, transport)
}

/** So many records are written before the time is looked at. */
const WRITES_AT_A_TIME = 10_000

/** A producing role: `write` and `drained` for so long, as fast as the log takes it. */
export function produceFor(context: RoleContext<ProducerTask>): Promise<Produced> {
  return produce(context, 'shared', null, {
    timed: async (writeMore) => {
      const endMs = context.nowMs() + context.number('durationMs')
      while (context.nowMs() < endMs) await writeMore(WRITES_AT_A_TIME)
    },
  })
}

/** A producing role: `write` of a string key, ever another, and a Buffer as the value. */
export async function produceObjects(context: RoleContext<ProducerTask>): Promise<void> {
  const keys = Array.from({ length: 1024 }, (_, i) => `key-${i}`)
  await produceWithKeys(context, (sequence) => keys[sequence & 1023]!)
}

/** A producing role: `write` with a key for each sequence. */
export async function produceWithKeys(
  context: RoleContext<ProducerTask>,
  keyOf: (sequence: number) => string,
): Promise<void> {
  await produce(context, 'shared', keyOf)
}

/** A producing role: `send`, a promise a record, all of them awaited. */
export async function sendAll(context: RoleContext<ProducerTask>): Promise<void> {
  const { topic, lapRecords, timedRecords } = context.data
  const client = await connect()
  const producer = new Producer(client, { transport: 'shared', ...producerConfigOf(context) })
  const value = patternValue(context.number('recordSizeBytes'), context.index)
  let sequence = 0
  const sendMore = async (count: number): Promise<void> => {
    const end = sequence + count
    while (sequence < end) {
      const sent: Array<Promise<RecordMetadata>> = []
      const firstOfNext = Math.min(sequence + SENDS_AT_A_TIME, end)
      for (; sequence < firstOfNext; sequence++) {
        stamp(value, sequence)
        sent.push(producer.send({ topic, value }))
      }
      await Promise.all(sent)
    }
  }
  await context.warmUp(() => sendMore(lapRecords))
  await context.sync(WARM)
  await sendMore(timedRecords)
  await client.close()
}

/** A producing role: `write` of a writer that is bound to the topic's first partition. */
export async function produceByWriter(context: RoleContext<ProducerTask>): Promise<void> {
  await produce(context, 'shared', null, { isByWriter: true })
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
  /** Whether a writer that is bound to partition 0 writes the values, without a record for each. */
  readonly isByWriter?: boolean
  /** Writes the timed part; default: its number of records. */
  readonly timed?: (writeMore: (count: number) => Promise<void>) => Promise<void>
  /** Called before the clock starts. */
  readonly onWarm?: () => void
  /** Called when all is acknowledged, before the client closes. */
  readonly onFlushed?: () => void
}

async function produce(
  context: RoleContext<ProducerTask>,
  transport: Transport,
  keyOf: ((sequence: number) => string) | null = null,
  {
    config = producerConfigOf(context),
    isByWriter = false,
    timed = (writeMore) => writeMore(context.data.timedRecords),
    onWarm,
    onFlushed,
  }: ProduceOptions = {},
): Promise<Produced> {
  const { topic, lapRecords } = context.data
  const client = await connect()
  const producer = new Producer(client, { transport, ...config })
  const values = valuesOf(context)
  const write = isByWriter
    ? writesByWriter(producer, topic, values)
    : writesByRecord(producer, topic, values, keyOf)
  let sent = 0
  const writeMore = async (count: number): Promise<void> => {
    await write(sent, sent + count)
    sent += count
  }
  await context.warmUp(async () => {
    await writeMore(lapRecords)
    await producer.flush()
  })
  onWarm?.()
  await context.sync(WARM)
  await timed(writeMore)
  await producer.flush()
  const finishedAtMs = context.nowMs()
  onFlushed?.()
  await client.close()
  return { sent, finishedAtMs }
}

/** Writes the records with the sequences from `first` on, up to `end`. */
type WriteRange = (first: number, end: number) => Promise<void>

function writesByRecord(
  producer: Producer,
  topic: string,
  { values, mask }: SentValues,
  keyOf: ((sequence: number) => string) | null,
): WriteRange {
  // Whatever is in it is copied before `write` returns, so it can be used again.
  const record = { topic, key: null as string | null, value: values[0]! }
  const setSequence = stamp // an import is looked up through its module for every record
  return async (first, end) => {
    for (let sequence = first; sequence < end; sequence++) {
      const value = values[sequence & mask]!
      setSequence(value, sequence)
      record.value = value
      if (keyOf !== null) record.key = keyOf(sequence)
      if (!producer.write(record)) await producer.drained()
    }
  }
}

function writesByWriter(
  producer: Producer,
  topic: string,
  { values, mask }: SentValues,
): WriteRange {
  const writer = producer.writer({ topic, partition: 0 })
  const setSequence = stamp
  return async (first, end) => {
    for (let sequence = first; sequence < end; sequence++) {
      const value = values[sequence & mask]!
      setSequence(value, sequence)
      if (!writer.write(value)) await writer.drained()
    }
  }
}

/** What is sent with each sequence: `values[sequence & mask]`, to be stamped. Those of a size are one. */
interface SentValues {
  readonly values: readonly Buffer[]
  readonly mask: number
}

function valuesOf(context: RoleContext): SentValues {
  const { bytes, mask } = ValueSizes.of(context.parameters)
  const bySize = new Map<number, Buffer>()
  for (const size of bytes) {
    if (!bySize.has(size)) bySize.set(size, Buffer.from(patternValue(size, context.index)))
  }
  return { values: Array.from(bytes, (size) => bySize.get(size)!), mask }
}

export function producerConfigOf(context: RoleContext): ProducerConfig {
  return {
    batchSizeBytes: context.number('batchSizeBytes'),
    lingerMs: context.number('lingerMs'),
  }
}
