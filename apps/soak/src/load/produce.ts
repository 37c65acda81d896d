import { setTimeout } from 'node:timers/promises'
import { Producer, type LogClient } from 'ringlog'
import type { LoadThreadStart, Role } from './role.ts'
import type { Tallies } from './tallies.ts'

const STEP_MS = 20
const VALUE_BYTES = 100
/** Of each topic. */
export const KEYS = 64

/** Sends so many records a second, over all topics in turns, until `isOver`. */
export async function produce(
  client: LogClient,
  { transport, topics }: Extract<Role, { kind: 'producer' }>,
  { recordsPerSecond }: LoadThreadStart,
  tallies: Tallies,
  isOver: () => boolean,
): Promise<void> {
  const producer = new Producer(client, { transport })
  const value = Buffer.alloc(VALUE_BYTES, 'v')
  const startMs = performance.now()
  let sent = 0
  while (!isOver()) {
    const dueRecords = ((performance.now() - startMs) / 1000) * recordsPerSecond
    // After a pause the load goes on, and is not caught up with.
    if (dueRecords - sent > recordsPerSecond) sent = Math.floor(dueRecords)
    while (sent < dueRecords) {
      const topic = topics[sent % topics.length]!
      const record = { topic, key: `key ${Math.floor(sent / topics.length) % KEYS}`, value }
      sent++
      producer.send(record).then(
        () => tallies.add('acknowledged'),
        () => tallies.add('failed'),
      )
    }
    await setTimeout(STEP_MS)
    await producer.drained()
  }
  await producer.close()
}
