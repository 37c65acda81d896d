import { Consumer, connect, type TopicPartition, type WaitStrategy } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { StampChecker, type Tally } from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'

/** What a consuming role is told. */
export interface ConsumerTask {
  readonly partitions: TopicPartition[]
  readonly producers: number
  /** Consumed before the clock starts, and in the timed part, of these partitions. */
  readonly warmUpRecords: number
  readonly timedRecords: number
}

export interface Consumed {
  /** Of the timed part. */
  readonly tally: Tally
  readonly finishedAtMs: number
}

/** A consuming role: polls, and walks every record with a cursor, counting, summing and checking. */
export async function consume(context: RoleContext<ConsumerTask>): Promise<Consumed> {
  const { partitions, producers, warmUpRecords, timedRecords } = context.data
  const client = await connect()
  const consumer = new Consumer(client, {
    maxPollRecords: Infinity,
    waitStrategy: context.parameters['wait'] as WaitStrategy,
  })
  await consumer.assign(partitions)
  const checker = new StampChecker(context.number('recordSizeBytes'), producers)
  const consumeUntil = async (count: number): Promise<void> => {
    while (checker.count < count) {
      const records = await consumer.poll()
      const cursor = consumer.cursor(records)
      while (cursor.next()) checker.check(cursor.bytes, cursor.valueStart, cursor.valueLength)
    }
  }
  await context.sync('assigned')
  await consumeUntil(warmUpRecords)
  const warmUp = checker.tally
  await context.sync(WARM)
  await consumeUntil(warmUpRecords + timedRecords)
  const finishedAtMs = context.nowMs()
  const { count, sum } = checker.tally
  await client.close()
  return { tally: { count: count - warmUp.count, sum: sum - warmUp.sum }, finishedAtMs }
}
