import { Consumer, Producer, type LogClient } from 'ringlog'
import type { Stage } from '../define-scenario.ts'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
} from '../metrics/stamped-value.ts'

/** A topic on disk that is measured. */
export const DISK_TOPIC = 'bench'
const FIRST_PARTITION = { topic: DISK_TOPIC, partition: 0 }
/** What is in the log comes at once. */
const READ_TIMEOUT_MS = 10_000

/** Writes so many stamped records to the topic, from this thread; all are acknowledged. */
export async function fillLog(client: LogClient, stage: Stage): Promise<void> {
  const producer = new Producer(client, { batchSizeBytes: stage.number('batchSizeBytes') })
  const value = patternValue(stage.number('recordSizeBytes'), 0)
  const records = stage.number('records')
  for (let sequence = 0; sequence < records; sequence++) {
    stamp(value, sequence)
    if (!producer.write({ topic: DISK_TOPIC, value })) await producer.drained()
  }
  await producer.close()
}

/**
 * Reads the topic's first partition from its beginning.
 *
 * @param sent How many records each producer has sent.
 * @throws Error unless exactly those are there, and in order.
 */
export async function assertReadBack(
  client: LogClient,
  stage: Stage,
  sent: readonly number[],
): Promise<void> {
  const consumer = new Consumer(client, { maxPollRecords: Infinity })
  await consumer.assign([FIRST_PARTITION])
  await consumer.seekToBeginning()
  const [end] = await consumer.endOffsets([FIRST_PARTITION])
  const checker = new StampChecker(stage.number('recordSizeBytes'), sent.length)
  while (checker.count < end!.offset) {
    const records = await consumer.poll({ timeoutMs: READ_TIMEOUT_MS })
    if (records.count === 0) throw new Error(`no record ${checker.count} of ${end!.offset} came`)
    checker.checkAll(consumer.cursor(records))
  }
  await consumer.close()
  assertTally(
    [checker.tally],
    sent.map((count) => expectedTally(0, count)),
  )
}

/** What the topic's first partition has counted, and its files are. */
export async function diskTotals(client: LogClient): Promise<DiskTotals> {
  const { topics } = await client.metrics()
  const { batchesInTotal, endOffset, disk } = topics[0]!.partitions[0]!
  const { logFlushesTotal, sizeBytes } = disk!
  return { batches: batchesInTotal, syncs: logFlushesTotal, sizeBytes, endOffset }
}

export interface DiskTotals {
  readonly batches: number
  readonly syncs: number
  readonly sizeBytes: number
  readonly endOffset: number
}
