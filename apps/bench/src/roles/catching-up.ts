import { Consumer, connect, type ConsumerRecords } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { StampChecker, type Tally } from '../metrics/stamped-value.ts'
import { lapOf } from '../metrics/warm-up.ts'
import { WARM } from './producing.ts'

export interface CaughtUp {
  readonly tally: Tally
  readonly finishedAtMs: number
}

/** A reading role: a log that is there, from its beginning, by a cursor. */
export function catchUpBy(
  poll: (consumer: Consumer) => ConsumerRecords | Promise<ConsumerRecords>,
): (context: RoleContext<{ topic: string }>) => Promise<CaughtUp> {
  return async (context) => {
    const client = await connect()
    const consumer = new Consumer(client, { maxPollRecords: Infinity })
    await consumer.assign([{ topic: context.data.topic, partition: 0 }])
    const readFirst = async (count: number): Promise<Tally> => {
      await consumer.seekToBeginning()
      const checker = new StampChecker(context.number('recordSizeBytes'), 1)
      while (checker.count < count) {
        checker.checkAll(consumer.cursor(await poll(consumer)))
        context.progress(checker.count)
      }
      return checker.tally
    }
    const records = context.number('records')
    await context.warmUp(async () => void (await readFirst(lapOf(records))))
    await context.sync(WARM)
    const tally = await readFirst(records)
    const finishedAtMs = context.nowMs()
    await client.close()
    return { tally, finishedAtMs }
  }
}
