import { Consumer, Producer } from 'ringlog'
import { connectCluster } from 'ringlog/cluster'
import type { RoleContext } from '../define-scenario.ts'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
} from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM } from './producing.ts'

/** How threads of a process read a partition: each fetches it, or one does for all. Each has a topic of its own. */
export const WAYS = ['direct', 'followed'] as const
type Way = (typeof WAYS)[number]

export interface ReadingTask {
  readonly bootstrapServer: string
  /** Of each way, in turns. */
  readonly laps: number
}

/** The points at which a lap begins and ends. */
export function lapPoints(way: Way, lap: number): readonly [begin: string, end: string] {
  return [`${way} ${lap}`, `${way} ${lap} is over`]
}

/** A thread that writes what the others read. */
export async function writeForReaders(context: RoleContext<ReadingTask>): Promise<void> {
  const client = await connectCluster({ bootstrapServers: context.data.bootstrapServer })
  const producer = new Producer(client, { batchSizeBytes: context.number('batchSizeBytes') })
  const value = Buffer.from(patternValue(context.number('recordSizeBytes'), 0))
  const written = { direct: 0, followed: 0 }
  await takeTurns(context, async (way, records) => {
    const record = { topic: way, value }
    for (const end = written[way] + records; written[way] < end; written[way]++) {
      stamp(value, written[way])
      if (!producer.write(record)) await producer.drained()
    }
    await producer.flush()
  })
  await client.close()
}

/** One of the threads that read everything. */
export async function readBesideOthers(context: RoleContext<ReadingTask>): Promise<void> {
  const bootstrapServers = context.data.bootstrapServer
  const recordSizeBytes = context.number('recordSizeBytes')
  const readerOf = async (way: Way) => {
    const client = await connectCluster({ bootstrapServers, follow: way === 'followed' })
    const consumer = new Consumer(client, { maxPollRecords: Infinity })
    await consumer.assign([{ topic: way, partition: 0 }])
    return { client, consumer, checker: new StampChecker(recordSizeBytes, 1) }
  }
  const readers = { direct: await readerOf('direct'), followed: await readerOf('followed') }
  await takeTurns(context, async (way, records) => {
    const { consumer, checker } = readers[way]
    const before = checker.tally
    for (const end = before.count + records; checker.count < end;) {
      checker.checkAll(consumer.cursor(await consumer.poll()))
    }
    assertTally([checker.tallySince(before)], [expectedTally(before.count, records)])
  })
  for (const { client } of Object.values(readers)) await client.close()
}

async function takeTurns(
  context: RoleContext<ReadingTask>,
  work: (way: Way, records: number) => Promise<void>,
): Promise<void> {
  const records = context.number('records')
  await context.sync('connected')
  await context.warmUp(async () => {
    for (const way of WAYS) await work(way, lapOf(records))
  })
  await context.sync(WARM)
  for (let lap = 0; lap < context.data.laps; lap++) {
    for (const way of WAYS) {
      const [begin, end] = lapPoints(way, lap)
      await context.sync(begin)
      await work(way, records)
      await context.sync(end)
    }
  }
}
