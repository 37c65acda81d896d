import { Producer } from '@ringlog/producer'
import { until } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import {
  FIND_COORDINATOR,
  GROUP_HEARTBEAT,
  HEARTBEAT,
  JOIN_GROUP,
  OFFSET_COMMIT,
  OFFSET_FETCH,
  connectTo,
  consumerOn,
  describeOnKfake,
  numberOf,
  readAll,
  startKfake,
} from './kfake-rig.ts'

const AT = { topic: 't', partition: 0 }
const NOT_NOW = [
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
] as const

describeOnKfake.each([
  { assignor: 'sticky', joining: GROUP_HEARTBEAT, beating: GROUP_HEARTBEAT },
  { assignor: 'roundRobin', joining: JOIN_GROUP, beating: HEARTBEAT },
])('a member by the assignor $assignor', ({ assignor, joining, beating }) => {
  test('waits while its coordinator loads, is another or not there, whatever it asks', async () => {
    const kfake = await startKfake(2)
    const client = await connectTo(kfake)
    await client.createTopic('t')
    await new Producer(client).send({ ...AT, value: 'a' })
    const faults = await Promise.all(
      [FIND_COORDINATOR, joining, OFFSET_FETCH, OFFSET_COMMIT].flatMap((key) =>
        NOT_NOW.map((code) => kfake.fail({ key, error: numberOf(code), group: 'g' })),
      ),
    )
    const consumer = consumerOn(client, { groupId: 'g', assignor, autoCommit: false })
    await consumer.subscribe(['t'])
    expect(await readAll(consumer, 1)).toEqual(['0:a'])
    await consumer.commit()
    expect(await consumer.committed(AT)).toBe(1)
    expect(await Promise.all(faults.map((fault) => fault.hits()))).toEqual(faults.map(() => 1))
  })

  test('that may not use its group any more hears of it from a poll', async () => {
    const kfake = await startKfake()
    const client = await connectTo(kfake)
    await client.createTopic('t')
    const consumer = consumerOn(client, { groupId: 'g', assignor })
    await consumer.subscribe(['t'])
    const error = numberOf('GROUP_AUTHORIZATION_FAILED')
    for (const key of new Set([joining, beating]))
      await kfake.fail({ key, error, group: 'g', count: -1 })
    await expect(consumer.poll({ timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'GROUP_AUTHORIZATION_FAILED',
    })
  })

  test('that is closed while it looks for its coordinator does not wait for it', async () => {
    const kfake = await startKfake()
    const client = await connectTo(kfake)
    await client.createTopic('t')
    const error = numberOf('COORDINATOR_NOT_AVAILABLE')
    const fault = await kfake.fail({ key: FIND_COORDINATOR, error, group: 'g', count: -1 })
    const consumer = consumerOn(client, { groupId: 'g', assignor })
    const subscribing = expect(consumer.subscribe(['t'])).rejects.toMatchObject({
      code: 'CONSUMER_CLOSED',
    })
    await until(async () => (await fault.hits()) > 1)
    const closedMs = performance.now()
    await consumer.close()
    expect(performance.now() - closedMs).toBeLessThan(4_000) // of the 30 s that it may take
    await subscribing
  })

  test('commits though the answer is cut off, and though its coordinator is another', async () => {
    const kfake = await startKfake(3)
    const client = await connectTo(kfake)
    await client.createTopic('t')
    await new Producer(client).send({ ...AT, value: 'a' })
    const consumer = consumerOn(client, { groupId: 'g', assignor, autoCommit: false })
    await consumer.subscribe(['t'])
    await readAll(consumer, 1)
    const cut = await kfake.disturb({ trouble: 'cut', key: OFFSET_COMMIT, count: 2 })
    await consumer.commit()
    expect(await cut.hits()).toBe(2)
    await kfake.rehashCoordinators()
    await consumer.commit([{ ...AT, offset: 0 }])
    expect(await consumer.committed(AT)).toBe(0)
  })
})

describeOnKfake('a static member', () => {
  test.each([
    { assignor: 'roundRobin', key: HEARTBEAT },
    { assignor: 'sticky', key: GROUP_HEARTBEAT },
  ])('that is fenced hears of it by its next polls: $assignor', async ({ assignor, key }) => {
    const kfake = await startKfake()
    const client = await connectTo(kfake)
    await client.createTopic('t')
    const config = { groupId: 'g', groupInstanceId: 'one', assignor, sessionTimeoutMs: 1_000 }
    const consumer = consumerOn(client, config)
    await consumer.subscribe(['t'])
    await kfake.fail({ key, error: numberOf('FENCED_INSTANCE_ID'), group: 'g', count: -1 })
    const polling = async (): Promise<void> => {
      for (;;) await consumer.poll({ timeoutMs: 50 })
    }
    await expect(polling()).rejects.toMatchObject({
      code: 'FENCED_MEMBER_EPOCH',
      message: expect.stringContaining('another consumer has joined'),
    })
  })
})
