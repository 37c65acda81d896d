import type { WaitStrategy } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, pollValues } from './rig.ts'

/** Full after some 60 records of 1,000 bytes. */
const SMALL_RING_BYTES = 64 * 1024
const STRATEGIES: WaitStrategy[] = ['park', 'spinThenPark', 'busySpin', { spinMicros: 200 }]
const kibibyte = 'x'.repeat(1000)

describe.each(TRANSPORTS)('waiting, by %s', (transport) => {
  test.each(STRATEGIES)('with %j, all that is sent comes, in order', async (waitStrategy) => {
    const rig = await Rig.start(transport, { waitStrategy, ringBytes: SMALL_RING_BYTES })
    const producer = rig.producer({ waitStrategy })
    const consumer = await rig.consumer({ waitStrategy })
    // One at a time: each side waits for the other, and all of them for that which comes next.
    for (let i = 0; i < 30; i++) {
      const sent = producer.send({ topic: rig.topic, value: `${i}` })
      expect(await pollValues(consumer, 1)).toEqual([[`${i}`]])
      expect((await sent).offset).toBe(i)
    }

    // Against a ring that is full: the worker waits for room, the producer for the worker.
    const count = 200
    const values = Array.from({ length: count }, (_, i) => `${i}`.padEnd(1000, '.'))
    const sent = values.map((value) => producer.send({ topic: rig.topic, value }))
    while (!(await rig.broker.metrics()).topics[0]!.partitions[0]!.isBlocked);
    expect(await pollValues(consumer, count)).toEqual([values])
    const offsets = (await Promise.all(sent)).map(({ offset }) => offset)
    expect(offsets).toEqual(values.map((_, i) => 30 + i))

    // By a thread that blocks.
    await producer.send({ topic: rig.topic, value: 'last' })
    const polled = consumer.pollSync({ timeoutMs: 5_000 })
    expect([...polled].map(({ value }) => String(value))).toEqual(['last'])
    expect(consumer.pollSync({ timeoutMs: 5 }).count).toBe(0)
  })
})

/**
 * Looks how much processor time all threads of this process take while nothing happens, in cores, until
 * three looks were as expected. One that sleeps takes some hundredths whatever else the machine does, one
 * that spins as much as it gets.
 */
async function expectCores(isExpected: (cores: number) => boolean): Promise<void> {
  const looks: number[] = []
  while (looks.filter(isExpected).length < 3) {
    expect(looks, 'processor time, in cores').not.toHaveLength(40)
    const startMs = performance.now()
    const before = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 150))
    const { user, system } = process.cpuUsage(before)
    looks.push((user + system) / 1000 / (performance.now() - startMs))
  }
}

interface Waiting {
  /** The producer, for an answer; and the worker of the partition that it writes to, for room. */
  producer?: WaitStrategy
  blockedWorker?: WaitStrategy
  /** The worker of a partition to which nothing comes. */
  idleWorker?: WaitStrategy
  consumer?: WaitStrategy
}

/** Lets everybody wait, each in the way given, or asleep, and looks what that costs. */
async function expectCost(waiting: Waiting, isExpected: (cores: number) => boolean): Promise<void> {
  const { producer = 'park', blockedWorker = 'park', idleWorker = 'park' } = waiting
  const rig = await Rig.start('shared', { ringBytes: SMALL_RING_BYTES, waitStrategy: idleWorker })
  await rig.broker.createTopic('full', { ringBytes: SMALL_RING_BYTES, waitStrategy: blockedWorker })
  await rig.producer().send({ topic: rig.topic, value: 'opens a lane' })
  const consumer = await rig.consumer({ waitStrategy: waiting.consumer ?? 'park' })
  await pollValues(consumer, 1)
  const polling = consumer.poll({ timeoutMs: 60_000 })

  const holding = await rig.consumer()
  await holding.assign([{ topic: 'full', partition: 0 }])
  const stuck = rig.producer({ waitStrategy: producer })
  const sends = Array.from({ length: 65 }, () => stuck.send({ topic: 'full', value: kibibyte }))
  const isBlocked = async (): Promise<boolean> => {
    const { topics } = await rig.broker.metrics()
    return topics.find(({ topic }) => topic === 'full')!.partitions[0]!.isBlocked
  }
  while (!(await isBlocked()));

  await expectCores(isExpected)
  expect(await isBlocked()).toBe(true)
  await pollValues(holding, 65)
  await Promise.all(sends)
  consumer.wakeup()
  await expect(polling).rejects.toMatchObject({ code: 'WAKEUP' })
}

describe('who waits', () => {
  test.each(STRATEGIES.filter((strategy) => strategy !== 'busySpin'))(
    'with %j sleeps, whoever it is',
    async (strategy) => {
      const all = { producer: strategy, blockedWorker: strategy, idleWorker: strategy }
      await expectCost({ ...all, consumer: strategy }, (cores) => cores < 0.08)
    },
  )

  test.each<keyof Waiting>(['producer', 'blockedWorker', 'idleWorker', 'consumer'])(
    'with "busySpin" does not sleep, and the others do all the same: %s',
    async (who) => {
      await expectCost({ [who]: 'busySpin' }, (cores) => cores > 0.12 && cores < 1.3)
    },
  )
})
