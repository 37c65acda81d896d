import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, Producer, connect, type LogClient } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { StampChecker, patternValue, stamp, type Tally } from '../metrics/stamped-value.ts'

export const BLOCKED_TOPIC = 'bench'
export const BLOCKED_GROUP = 'bench'
export const PRODUCERS = 3
/** How often a producer without room asks whether the log is blocked. */
const LOOK_MS = 10
/** A producer that then has no room for so long has taken in all answers, and is blocked itself. */
const BLOCKED_AFTER_MS = 500
export const BLOCKED = 'blocked'
export const MEASURED = 'measured'

export interface BlockedTask {
  /** One int32 a producer: how many records it sends in all. */
  readonly totals: SharedArrayBuffer
}

export interface Resumed {
  readonly tally: Tally
  readonly deliveredAfterCommitMs: number
}

/** Writes until there is no room, waits for as long as that lasts, and then writes its share. */
export async function produceUntilBlocked(context: RoleContext<BlockedTask>): Promise<void> {
  const durationMs = context.number('durationMs')
  const totals = new Int32Array(context.data.totals)
  const client = await connect()
  const producer = new Producer(client, {
    maxBlockMs: durationMs + 60_000,
    deliveryTimeoutMs: durationMs + 120_000,
  })
  const value = patternValue(context.number('recordSizeBytes'), context.index)
  let sequence = 0
  const write = (): boolean => {
    stamp(value, sequence++)
    return producer.write({ topic: BLOCKED_TOPIC, value })
  }
  const room = { isThere: true }
  let drained = Promise.resolve()
  while (room.isThere) {
    if (write()) continue
    room.isThere = false
    drained = producer.drained().then(() => void (room.isThere = true))
    while (!room.isThere && !(await isLogBlocked(client))) await sleep(LOOK_MS)
    await Promise.race([drained, sleep(BLOCKED_AFTER_MS)])
  }
  const rest = Math.ceil(context.number('records') / PRODUCERS)
  Atomics.store(totals, context.index, sequence + rest)
  await context.sync(BLOCKED)
  await sleep(durationMs)
  if (room.isThere) throw new Error('a producer had room though nobody committed')
  await context.sync(MEASURED)
  await drained
  for (let left = rest; left > 0; left--) if (!write()) await producer.drained()
  await producer.flush()
  await client.close()
}

/** Whether a batch of every producer waits for room in the log. */
async function isLogBlocked(client: LogClient): Promise<boolean> {
  const { topics } = await client.metrics()
  return topics[0]!.partitions[0]!.waitingAppends === PRODUCERS
}

/** Reads all that is in the ring, frees it by one commit, and then consumes the rest. */
export async function resume(context: RoleContext<BlockedTask>): Promise<Resumed> {
  const expected = new Int32Array(context.data.totals).reduce((a, b) => a + b)
  const client = await connect()
  const consumer = new Consumer(client, { groupId: BLOCKED_GROUP, autoCommit: false })
  const partition = { topic: BLOCKED_TOPIC, partition: 0 }
  await consumer.assign([partition])
  const checker = new StampChecker(context.number('recordSizeBytes'), PRODUCERS)
  const consumeUntil = async (count: number): Promise<void> => {
    while (checker.count < count) {
      checker.checkAll(consumer.cursor(await consumer.poll()))
      context.progress(checker.count)
    }
  }
  const [end] = await consumer.endOffsets([partition])
  await consumeUntil(end!.offset)
  const committedAtMs = context.nowMs()
  await consumer.commit()
  await consumeUntil(end!.offset + 1)
  const deliveredAfterCommitMs = context.nowMs() - committedAtMs
  while (checker.count < expected) {
    await consumer.commit()
    await consumeUntil(checker.count + 1)
  }
  await consumer.commit()
  await client.close()
  return { tally: checker.tally, deliveredAfterCommitMs }
}
