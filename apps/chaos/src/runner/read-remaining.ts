import { Consumer, type LogClient } from 'ringlog'
import type { HistoryWriter } from '../history/history-writer.ts'
import type { GroupSpec } from '../programs/program.ts'
import { Calls } from '../threads/calls.ts'
import { nameOfValue } from '../threads/record-value.ts'

const READ_LIMIT_MS = 5_000

/** Writes down all that is left of a topic, and what its groups have committed. */
export async function readRemaining(
  client: LogClient,
  topic: string,
  groups: readonly GroupSpec[],
  history: HistoryWriter,
): Promise<void> {
  const calls = new Calls(history, `remaining-${topic}`)
  const consumer = new Consumer(client, { gating: false, maxPollRecords: Infinity })
  await calls.attempt('read', READ_LIMIT_MS, async () => {
    for (const { partition, logStartOffset, endOffset } of await client.offsets(topic)) {
      await consumer.assign([{ topic, partition }])
      const offsets: number[] = []
      const records: string[] = []
      while (consumer.position({ topic, partition }) < endOffset) {
        for (const { offset, value } of await consumer.poll({ timeoutMs: 50 })) {
          offsets.push(offset)
          records.push(nameOfValue(String(value)) ?? '')
        }
      }
      const fact = { topic, partition, logStartOffset, endOffset, offsets, records }
      history.write({ type: 'remaining', ...fact })
    }
  })
  for (const { id: group, topics } of groups) {
    if (!topics.includes(topic)) continue
    const since = history.now()
    const offsets = await calls.attempt('offsets', 1_000, () => client.offsets(topic, group))
    if (offsets.kind !== 'answered') continue
    for (const { partition, committed: offset } of offsets.value) {
      if (offset === null) continue
      history.write({ type: 'observed', group, topic, partition, offset, since })
    }
  }
  await calls.attempt('close', 1_000, () => consumer.close())
}
