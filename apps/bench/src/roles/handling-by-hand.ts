import { Consumer, connect, type HandlerContext } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { handle, start, type MeasuredHandlerData } from '../handlers/measured.ts'
import { join } from './consuming.ts'
import { WARM } from './producing.ts'

/** What a role is told that stands in for a thread of a pool. */
export interface HandlingTask {
  readonly topic: string
  readonly groupId: string
  readonly data: MeasuredHandlerData
  /** Handled by this thread in each lap of the warm-up, and in the timed part. */
  readonly lapRecords: number
  readonly timedRecords: number
}

/**
 * A member of a group that does by hand what a thread of a pool does: polls records as objects, calls the
 * handler for each, and commits at each poll.
 */
export async function handleByHand(context: RoleContext<HandlingTask>): Promise<void> {
  const { topic, groupId, data, lapRecords, timedRecords } = context.data
  const client = await connect()
  const consumer = new Consumer(client, { groupId })
  await join(consumer, topic, 1)
  // The handler looks at nothing else of it.
  const handlerContext = { data } as HandlerContext<MeasuredHandlerData>
  start(handlerContext)
  const handleMore = async (count: number): Promise<void> => {
    for (let handled = 0; handled < count;) {
      const records = await consumer.poll()
      for (const record of records) handle(record, handlerContext)
      handled += records.count
    }
    await consumer.commit()
  }
  await context.sync('assigned')
  await context.warmUp(() => handleMore(lapRecords))
  await context.sync(WARM)
  await handleMore(timedRecords)
  await client.close()
}
