import { setTimeout } from 'node:timers/promises'
import { Consumer, type ConsumerRecord, type LogClient } from 'ringlog'
import type { Role } from './role.ts'
import type { Tallies } from './tallies.ts'

const POLL_MS = 200
/** Every `POLL_MS`. */
const SLOW_POLL_RECORDS = 50

/** Polls until `isOver`, and looks whether offsets come in order. */
export async function consume(
  client: LogClient,
  role: Exclude<Role, { kind: 'producer' }>,
  tallies: Tallies,
  isOver: () => boolean,
): Promise<void> {
  const order = new OffsetOrder(role.kind === 'reader')
  const consumer =
    role.kind === 'member'
      ? new Consumer(client, { groupId: role.groupId })
      : new Consumer(client, {
          gating: false,
          autoOffsetReset: 'earliest',
          ...(role.isSlow ? { maxPollRecords: SLOW_POLL_RECORDS } : {}),
        })
  if (role.kind === 'member') {
    await consumer.subscribe([role.topic], {
      onPartitionsAssigned: (partitions) => partitions.forEach((p) => order.forget(p.partition)),
    })
  } else {
    const { partitions } = await client.describeTopic(role.topic)
    await consumer.assign(partitions.map(({ partition }) => ({ topic: role.topic, partition })))
  }
  while (!isOver()) {
    let count = 0
    for (const record of await consumer.poll({ timeoutMs: POLL_MS })) {
      if (!order.isNext(record)) tallies.add('outOfOrder')
      count++
    }
    tallies.add('consumed', count)
    if (role.kind === 'reader' && role.isSlow) await setTimeout(POLL_MS)
  }
  await consumer.close()
}

/** Of each partition: the offset that must come next. */
class OffsetOrder {
  readonly #mayJump: boolean
  readonly #next = new Map<number, number>()

  /** @param mayJump Whether the consumer may be overtaken: then offsets rise, and are not without gaps. */
  constructor(mayJump: boolean) {
    this.#mayJump = mayJump
  }

  isNext({ partition, offset }: ConsumerRecord): boolean {
    const next = this.#next.get(partition)
    this.#next.set(partition, offset + 1)
    if (next === undefined) return true
    return this.#mayJump ? offset >= next : offset === next
  }

  forget(partition: number): void {
    this.#next.delete(partition)
  }
}
