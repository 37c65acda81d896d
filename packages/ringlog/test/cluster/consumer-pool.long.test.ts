import { fileURLToPath } from 'node:url'
import { ConsumerPool, type ConsumerPoolConfig, type RinglogError } from 'ringlog'
import { expect, onTestFinished, test } from 'vitest'
import { HandlingRig, byKey, inTurn } from './handling-rig.ts'
import { describeOnKafka } from './real-kafka.ts'
import type { Noting } from './noting.handler.ts'

async function poolOn(
  rig: HandlingRig,
  data: Partial<Noting> = {},
  config: Partial<ConsumerPoolConfig> = {},
): Promise<ConsumerPool> {
  const pool = await ConsumerPool.start(rig.client, {
    groupId: rig.groupId,
    topics: [rig.topic],
    handler: fileURLToPath(new URL('./noting.handler.ts', import.meta.url)),
    threads: 2,
    retryBackoffMs: 1,
    data: { doneTopic: rig.doneTopic, ...data } satisfies Noting,
    ...config,
  })
  onTestFinished(() => pool.close().catch(() => undefined))
  return pool
}

describeOnKafka('a pool on a cluster', () => {
  test('has all records handled in order per key, by each thread, and commits them', async () => {
    const rig = await HandlingRig.start()
    const pool = await poolOn(rig, {}, { concurrency: 'key' })
    // The coordinator divides the partitions again as heartbeats come.
    const assignments = async (): Promise<number[]> =>
      (await pool.metrics()).threads.map(({ assignment }) => assignment.length)
    await expect.poll(assignments, { timeout: 20_000 }).toEqual([2, 2])
    await rig.append(inTurn(20, 20))
    await pool.drain()
    expect(await rig.committed()).toBe(400)
    const { threads } = await pool.metrics()
    expect(threads.map(({ handledRecords }) => handledRecords > 0)).toEqual([true, true])
    await pool.close()

    const done = byKey(await rig.all(rig.doneTopic))
    expect(done.size).toBe(20)
    for (const numbers of done.values()) {
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i))
    }
  })

  test('tries a record again, answers who waits for it, and puts what fails for good aside', async () => {
    const rig = await HandlingRig.start()
    const onExhausted = { deadLetterTopic: rig.deadTopic }
    const pool = await poolOn(rig, { bad: { key: 'bad', times: 2 } }, { onExhausted })
    expect(await pool.run({ topic: rig.topic, key: 'bad', value: '0' })).toBe(3)
    await pool.close()

    const other = await poolOn(rig, { bad: { key: 'bad', times: 3 } }, { onExhausted })
    await rig.append(['bad:1', 'good:2'])
    await other.drain()
    await other.close()
    expect(await rig.all(rig.deadTopic)).toEqual(['bad:1'])
    expect((await rig.all(rig.doneTopic)).sort()).toEqual(['bad:0', 'good:2'])
    expect(await rig.committed()).toBe(3)
  })

  test('goes on when a thread has ended, once its membership is over', async () => {
    const rig = await HandlingRig.start()
    const errors: RinglogError[] = []
    const pool = await poolOn(
      rig,
      { crashAt: 'k0:5', crashes: new SharedArrayBuffer(4) },
      // By the classic protocol the member says how long its session is.
      {
        assignor: 'roundRobin',
        sessionTimeoutMs: 1_000,
        onError: (error) => void errors.push(error),
      },
    )
    await rig.append(inTurn(8, 10))
    await pool.drain()
    expect(errors.map(({ code }) => code)).toEqual(['WORKER_CRASHED'])
    expect((await pool.metrics()).restarts).toBe(1)
    await pool.close()

    const done = byKey(await rig.all(rig.doneTopic))
    for (const [, numbers] of done) {
      // What was not committed when the thread ended is handled again, from some record on.
      expect([...new Set(numbers)]).toEqual(Array.from({ length: 10 }, (_, i) => i))
    }
    expect(done.size).toBe(8)
    expect(await rig.committed()).toBe(80)
  })
})
