import { until } from '@ringlog/test-kit'
import { Consumer, Producer, RinglogError, type TopicPartition } from 'ringlog'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GROUP, SMALL_RING_BYTES, kibibyte } from './group-rig.ts'
import { LOGS, startLog, type LogOwner, type TestedLog } from './rig.ts'

const TOPIC = 'orders'
const AT: TopicPartition[] = [{ topic: TOPIC, partition: 0 }]
/** Short enough to wait for, long against everything that a test does in between. */
const EXPIRY_MS = 300

async function start(log: TestedLog, groupExpiryMs?: number): Promise<LogOwner> {
  const broker = await startLog(log, { groupExpiryMs })
  await broker.createTopic(TOPIC, { ringBytes: SMALL_RING_BYTES })
  return broker
}

function consumerOf(broker: LogOwner, config: object = {}): Consumer {
  const consumer = new Consumer(broker, { groupId: GROUP, ...config })
  onTestFinished(() => consumer.close())
  return consumer
}

const isKnown = async (broker: LogOwner): Promise<boolean> =>
  (await broker.listGroups()).includes(GROUP)

/** Kept, unless the machine has been so slow that its time is over. */
async function expectKept(broker: LogOwner, unusedSinceMs: number): Promise<void> {
  const isKept = await isKnown(broker)
  if (performance.now() - unusedSinceMs < EXPIRY_MS) expect(isKept).toBe(true)
}

/** The group is gone already, on a machine so slow. */
function isUnknown(error: unknown): false {
  if (RinglogError.is(error, 'GROUP_ID_NOT_FOUND')) return false
  throw error
}

const elapse = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe.each(LOGS)('a group that nobody uses for groupExpiryMs, %s', (log) => {
  test.each(['subscribes', 'assigns'])(
    'is deleted, and a ring that it held goes on: one that %s',
    async (how) => {
      const broker = await start(log, EXPIRY_MS)
      const consumer = consumerOf(broker)
      await (how === 'assigns' ? consumer.assign(AT) : consumer.subscribe([TOPIC]))
      const closingMs = performance.now()
      await consumer.close()
      await expectKept(broker, closingMs)
      const producer = new Producer(broker)
      // Twice what the ring has room for: appended once the group holds it no more.
      await Promise.all(
        Array.from({ length: 120 }, () => producer.send({ topic: TOPIC, value: kibibyte })),
      )
      // The partition lets go first, then the controller forgets the group.
      await until(async () => !(await isKnown(broker)))
      expect((await broker.offsets(TOPIC, GROUP))[0]!.committed).toBeNull()
      await producer.close()
    },
  )

  test('is deleted also where a topic held it for its first consumer', async () => {
    const broker = await startLog(log, { groupExpiryMs: EXPIRY_MS })
    await broker.createTopic(TOPIC, { gatingGroups: [GROUP] })
    await until(async () => !(await isKnown(broker)))
  })

  test('is told apart from one whose consumers are silent', async () => {
    const broker = await start(log, EXPIRY_MS)
    const member = consumerOf(broker, { groupId: 'subscribed' })
    await member.subscribe([TOPIC])
    const assigned = consumerOf(broker, { groupId: 'assigned' })
    await assigned.assign(AT)
    const away = consumerOf(broker, { groupId: 'away', groupInstanceId: 'a' })
    await away.subscribe([TOPIC])
    await away.close()
    const left = consumerOf(broker)
    await left.assign(AT)
    await left.close()
    await until(async () => !(await isKnown(broker)))
    await elapse(EXPIRY_MS)
    expect(await broker.listGroups()).toEqual(['assigned', 'away', 'subscribed'])
  })

  test('has all of the time again after it was used, or its offsets were set', async () => {
    const broker = await start(log, EXPIRY_MS)
    for (let use = 0; use < 4; use++) {
      const consumer = consumerOf(broker)
      await consumer.assign(AT)
      const closingMs = performance.now()
      await consumer.close()
      await elapse(EXPIRY_MS * 0.6)
      await expectKept(broker, closingMs)
      const resettingMs = performance.now()
      const isReset = await broker.resetGroupOffsets(GROUP, 'earliest').then(() => true, isUnknown)
      await elapse(EXPIRY_MS * 0.6)
      if (isReset) await expectKept(broker, resettingMs)
    }
    await until(async () => !(await isKnown(broker)))
  })
})

test.each(LOGS)(
  'a group stays for good without groupExpiryMs, and a full ring names it, %s',
  async (log) => {
    const broker = await start(log)
    const consumer = consumerOf(broker)
    await consumer.assign(AT)
    await consumer.close()
    const producer = new Producer(broker, { maxBlockMs: 50 })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 120 }, () => producer.send({ topic: TOPIC, value: kibibyte })),
    )
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    expect(failed?.reason).toMatchObject({
      code: 'BUFFER_FULL',
      message: expect.stringContaining('groupExpiryMs') as string,
    })
    await producer.close().catch(() => undefined)
    expect(await isKnown(broker)).toBe(true)
  },
)
