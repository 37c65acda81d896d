import { Consumer, type LogClient } from 'ringlog'
import type { HistoryWriter } from '../history/history-writer.ts'
import type { Program } from '../programs/program.ts'
import type { ActorContext } from '../threads/actor-context.ts'
import { Calls, StuckCall } from '../threads/calls.ts'
import { HandedRecords } from '../threads/handed-records.ts'
import { RebalanceRecorder, type Member } from '../threads/rebalance-recorder.ts'

/** A static member that went has its partitions kept for that long; programs have short ones. */
const DRAIN_LIMIT_MS = 5_000
const QUIET = { slowMs: 0, commits: false, throwsIn: null, reenters: null } as const

/**
 * One more member for each strict group, when all others have gone, that reads what they left: all
 * records that the group was promised have then been handed to some member of it.
 */
export async function drainGroups(
  client: LogClient,
  program: Program,
  history: HistoryWriter,
): Promise<void> {
  for (const { id, topics, isStrict, autoOffsetReset } of program.groups) {
    if (!isStrict) continue
    const calls = new Calls(history, `drain-${id}`)
    const consumer = new Consumer(client, { groupId: id, autoOffsetReset })
    const member: Member = { actor: `drain-${id}#1`, group: id, consumer }
    const context = { history } as ActorContext
    const handed = new HandedRecords(context, member)
    const recorder = new RebalanceRecorder(member, QUIET, context, calls)
    try {
      await calls.make('subscribe', 1_000, () => consumer.subscribe([...topics], recorder))
      await calls.make('drain', DRAIN_LIMIT_MS, async () => {
        while (!(await isDrained(client, consumer, topics))) {
          const since = history.now()
          const records = await consumer.poll({ timeoutMs: 50 })
          handed.polled(consumer, records, 'iterate', since)
        }
      })
      await calls.make('close', 1_000, () => consumer.close())
      history.write({ type: 'left', actor: member.actor, group: id })
    } catch (error) {
      if (!(error instanceof StuckCall)) throw error
    }
  }
}

/** Whether the consumer owns every partition, and stands at its end. */
async function isDrained(
  client: LogClient,
  consumer: Consumer,
  topics: readonly string[],
): Promise<boolean> {
  const owned = new Set(
    consumer.assignment().map(({ topic, partition }) => `${topic}-${partition}`),
  )
  for (const topic of topics) {
    for (const { partition, endOffset } of await client.offsets(topic)) {
      if (!owned.has(`${topic}-${partition}`)) return false
      if (consumer.position({ topic, partition }) < endOffset) return false
    }
  }
  return true
}
