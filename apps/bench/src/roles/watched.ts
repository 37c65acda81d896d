import { Consumer, connect, type WaitStrategy } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { StampChecker, type Tally } from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'

/** Something that comes is told at once; nothing that comes is looked for so often. */
const POLL_MS = 50

/** What a consuming role is given that does not know how many records there will be. */
export interface WatchedTask {
  readonly topic: string
  readonly lapRecords: number
  /** How many were sent in all, once that is known: written by the run's main thread; 0 before. */
  readonly sent: Float64Array<SharedArrayBuffer>
}

/** A consuming role: all that comes, by a cursor. */
export async function consumeAllSent(context: RoleContext<WatchedTask>): Promise<Tally> {
  const { topic, lapRecords, sent } = context.data
  const client = await connect()
  const waitStrategy = context.parameters.wait as WaitStrategy
  const consumer = new Consumer(client, { maxPollRecords: Infinity, waitStrategy })
  await consumer.assign([{ topic, partition: 0 }])
  const checker = new StampChecker(context.number('recordSizeBytes'), 1)
  const poll = async (): Promise<void> => {
    checker.checkAll(consumer.cursor(await consumer.poll({ timeoutMs: POLL_MS })))
    context.progress(checker.count)
  }
  await context.sync('assigned')
  await context.warmUp(async () => {
    for (const end = checker.count + lapRecords; checker.count < end;) await poll()
  })
  await context.sync(WARM)
  while (sent[0] === 0 || checker.count < sent[0]!) await poll()
  await client.close()
  return checker.tally
}
