import { isSettled } from '@ringlog/test-kit'
import { Consumer } from 'ringlog'
import { expect, test } from 'vitest'
import { MortalRig, DEATHS } from './mortal-rig.ts'
import { pollRecords, settle } from './rig.ts'

const OFTEN = { maxRestarts: 10_000 }
const GROUP = 'billing'

test('a poll that blocks or waits notices a pause only, and loses no position', async () => {
  const mortal = await MortalRig.start('shared', {}, OFTEN)
  const { rig } = mortal
  const { topic } = rig
  const producer = rig.producer()
  const consumer = await rig.consumer()
  for (const how of DEATHS) {
    await producer.send({ topic, value: how })
    expect((await pollRecords(consumer, 1))[0]!.value!.toString()).toBe(how)
    mortal.killSoon(0, how)
    expect(consumer.pollSync({ timeoutMs: 200 }).count).toBe(0)
    const polling = consumer.poll({ timeoutMs: 10_000 })
    expect(await isSettled(polling, settle())).toBe(false)
    await producer.send({ topic, value: 'next' })
    expect((await polling).count).toBe(1)
  }
  expect(consumer.position(rig.at(0))).toBe(8)
})

test('groups rebalance while partitions restart; commits that were accepted hold', async () => {
  const PARTITIONS = 4
  const RECORDS = 4_000
  const mortal = await MortalRig.start(
    'shared',
    { partitions: PARTITIONS, ringBytes: 65_536 },
    OFTEN,
  )
  const { rig } = mortal
  const { topic } = rig
  const { broker } = mortal
  const over = new AbortController()
  const killing = mortal.replaceUntil(over.signal, [0, 1, 2, 3])
  const seen = new Map<string, number>()
  const handle = async (consumer: Consumer): Promise<void> => {
    const records = await consumer.poll({ timeoutMs: 100 })
    for (const { partition, offset } of records) {
      const key = `${partition}/${offset}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    if (records.count > 0) await consumer.commit().catch(() => undefined)
  }
  const member = async (polls: number): Promise<void> => {
    const consumer = new Consumer(broker, { groupId: GROUP, autoCommit: false })
    await consumer.subscribe([topic])
    for (let i = 0; i < polls; i++) await handle(consumer)
    await consumer.close()
  }
  const producing = (async () => {
    const producer = rig.producer({ batchSizeBytes: 2_048 })
    for (let i = 0; i < RECORDS; i++) {
      const hasRoom = producer.write({ topic, partition: i % PARTITIONS, value: String(i) })
      if (!hasRoom) await producer.drained()
      if (i % 100 === 0) await settle(1)
    }
    await producer.close()
  })()
  const coming = (async () => {
    for (let i = 0; i < 6; i++) await Promise.all([member(5), member(8)])
  })()
  const last = new Consumer(broker, { groupId: GROUP, autoCommit: false })
  await last.subscribe([topic])
  const keys = (): number => seen.size
  while (keys() < RECORDS) await handle(last)
  await Promise.all([producing, coming])
  over.abort()
  await killing
  // The last one has all of it, at the end of what is committed.
  while (last.assignment().length < PARTITIONS) await handle(last)
  await handle(last)
  const offsets = await broker.offsets(topic, GROUP)
  expect(offsets.map(({ committed }) => committed)).toEqual(
    Array.from({ length: PARTITIONS }, () => RECORDS / PARTITIONS),
  )
  expect(seen.size).toBe(RECORDS)
  await last.close()
}, 60_000)

test('a group commits, joins and is reset while the worker is away', async () => {
  const mortal = await MortalRig.start('shared', {}, OFTEN)
  const { rig } = mortal
  const { topic } = rig
  const { broker } = mortal
  const producer = rig.producer()
  for (let i = 0; i < 5; i++) await producer.send({ topic, value: String(i) })
  const first = new Consumer(broker, { groupId: GROUP, autoCommit: false })
  await first.subscribe([topic])
  await pollRecords(first, 5)
  await mortal.kill()
  first.commitSync([{ ...rig.at(0), offset: 3 }])
  expect(await first.committed(rig.at(0))).toBe(3)
  await first.close()
  await mortal.kill()
  await broker.resetGroupOffsets(GROUP, { shift: -1 })
  await mortal.kill()
  const second = new Consumer(broker, { groupId: GROUP })
  await second.subscribe([topic])
  expect((await pollRecords(second, 3)).map(({ offset }) => offset)).toEqual([2, 3, 4])
  await second.close()
  await mortal.kill()
  await broker.deleteGroup(GROUP)
  await mortal.replace()
  expect((await broker.metrics()).topics[0]!.partitions[0]).toMatchObject({ gateCount: 0 })
})
