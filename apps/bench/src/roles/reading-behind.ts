import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, connect } from 'ringlog'
import type { RoleContext } from '../define-scenario.ts'
import { StampChecker } from '../metrics/stamped-value.ts'
import { WARM } from './producing.ts'

/** What a consumer reads that has other work to do as well: 100,000 records a second at most. */
const SLOW_POLL_RECORDS = 1_000
const SLOW_POLL_MS = 10

/** What a role that reads behind producers is given. */
export interface BehindTask {
  readonly topic: string
  /** 1 once the producers have finished; written by the run's main thread. */
  readonly isOver: Int32Array<SharedArrayBuffer>
}

/** A reading role: from the beginning, slower than is produced; it falls ever further behind. */
export function readSlowly(context: RoleContext<BehindTask>): Promise<void> {
  return readBehind(context, SLOW_POLL_RECORDS, () => sleep(SLOW_POLL_MS))
}

/** A reading role: as fast as it can, and once more from the beginning where it has come to the end. */
export function readAgain(context: RoleContext<BehindTask>): Promise<void> {
  return readBehind(context, Infinity, () => undefined)
}

async function readBehind(
  context: RoleContext<BehindTask>,
  maxPollRecords: number,
  pause: () => Promise<void> | void,
): Promise<void> {
  const { topic, isOver } = context.data
  const client = await connect()
  const consumer = new Consumer(client, { maxPollRecords })
  await consumer.assign([{ topic, partition: 0 }])
  await context.warmUp(async () => undefined) // It is the producers' laps that end.
  await context.sync(WARM)
  while (Atomics.load(isOver, 0) === 0) {
    await consumer.seekToBeginning()
    const [end] = await consumer.endOffsets([{ topic, partition: 0 }])
    const checker = new StampChecker(context.number('recordSizeBytes'), 1)
    while (checker.count < end!.offset && Atomics.load(isOver, 0) === 0) {
      checker.checkAll(consumer.cursor(await consumer.poll()))
      await pause()
    }
  }
  await client.close()
}
