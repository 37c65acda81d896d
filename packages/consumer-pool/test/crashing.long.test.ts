import { Consumer } from '@ringlog/consumer'
import type { RinglogError } from '@ringlog/core'
import { until } from '@ringlog/test-kit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ConsumerPool, ConsumerPoolConfig } from '../src/index.ts'
import { GROUP, Rig, TOPIC } from './rig.ts'

function isFine(value: string): boolean {
  return value.startsWith('fine')
}

/** A pool whose records take threads down, and what came of it. */
class Crashes {
  readonly rig: Rig
  readonly errors: RinglogError[] = []
  readonly words: Int32Array = new Int32Array(new SharedArrayBuffer(4096))

  private constructor(rig: Rig) {
    this.rig = rig
  }

  static async start(partitions = 1): Promise<Crashes> {
    const rig = await Rig.start({ partitions })
    await rig.broker.createTopic('dead', { ringBytes: 1024 * 1024 })
    return new Crashes(rig)
  }

  pool(config: Partial<ConsumerPoolConfig> = {}, handler = 'poisonous'): Promise<ConsumerPool> {
    return this.rig.pool(handler, {
      data: this.words.buffer,
      onExhausted: { deadLetterTopic: 'dead' },
      onError: (error) => void this.errors.push(error),
      ...config,
    })
  }

  async produce(values: readonly string[]): Promise<void> {
    for (const [i, value] of values.entries()) {
      this.rig.producer.write({ topic: TOPIC, key: `key-${i % 7}`, value })
    }
    await this.rig.producer.flush()
  }

  /** The attempts at poison, as the handler was told them. */
  get attempts(): number[] {
    return Array.from(this.words.subarray(1, 1 + this.words[0]!))
  }

  async handled(): Promise<string[]> {
    return [...new Set((await this.rig.done()).map(({ what }) => what))].sort()
  }

  async dead(): Promise<Array<{ value: string; error: string }>> {
    const { endOffset } = (await this.rig.broker.offsets('dead'))[0]!
    const consumer = new Consumer(this.rig.broker, { gating: false })
    await consumer.assign([{ topic: 'dead', partition: 0 }])
    const dead = []
    while (dead.length < endOffset) dead.push(...(await consumer.poll()))
    await consumer.close()
    return dead.map(({ value, headers }) => ({
      value: String(value),
      error: String(headers.find(([name]) => name === 'ringlog.dlt.error')![1]),
    }))
  }
}

describe('a record that takes its thread down', () => {
  test('goes to the dead letter topic after maxAttempts, and the others go on', async () => {
    const crashes = await Crashes.start()
    const pool = await crashes.pool()
    await crashes.produce(['fine:1', 'callback:1', 'fine:2', 'fine:3'])
    await pool.drain()
    expect(await crashes.handled()).toEqual(['fine:1', 'fine:2', 'fine:3'])
    expect(crashes.attempts).toEqual([1, 2, 3])
    const [dead, ...more] = await crashes.dead()
    expect(more).toEqual([])
    expect(dead!.value).toBe('callback:1')
    expect(dead!.error).toMatch(/WORKER|thread \d of the consumer pool ended unexpectedly.*boom/)
    // Which of two threads that ended one soon after the other is noticed first is not said.
    const errors = crashes.errors.map(({ code, details }): Record<string, unknown> => ({
      code,
      ...details,
    }))
    expect(errors.toSorted((a, b) => Number(a['attempt']) - Number(b['attempt']))).toMatchObject(
      [1, 2, 3].map((attempt) => ({
        code: 'WORKER_CRASHED',
        isFatal: false,
        topic: TOPIC,
        partition: 0,
        offset: 1,
        attempt,
        records: [{ topic: TOPIC, partition: 0, offset: 1, attempt }],
      })),
    )
    expect((await pool.metrics()).restarts).toBe(3)
    await crashes.produce(['fine:4'])
    await pool.drain()
  })

  test('stops the pool after maxAttempts where there is no dead letter topic', async () => {
    const crashes = await Crashes.start()
    const pool = await crashes.pool({ onExhausted: 'stop' })
    await crashes.produce(['fine:1', 'exit:1', 'fine:2'])
    const error = (await pool.drain().catch((thrown: unknown) => thrown)) as RinglogError
    expect(error).toMatchObject({
      code: 'HANDLER_FAILED',
      details: { topic: TOPIC, partition: 0, offset: 1, attempts: 3, isFatal: true },
      cause: { code: 'WORKER_CRASHED', details: { offset: 1 } },
    })
    expect(crashes.errors.map(({ code, details }) => [code, details['isFatal']])).toEqual([
      ['WORKER_CRASHED', false],
      ['WORKER_CRASHED', false],
      ['WORKER_CRASHED', false],
      ['HANDLER_FAILED', true],
    ])
    await expect(pool.closed).rejects.toBe(error)
    await pool.close().catch(() => undefined)
    expect(await crashes.rig.committed()).toBe(1)
    expect(await crashes.handled()).toEqual(['fine:1'])
  })

  test('has its attempts counted together with those that only failed', async () => {
    const crashes = await Crashes.start()
    const pool = await crashes.pool({ maxAttempts: 4 })
    await crashes.produce(['mixed:1', 'fine:1'])
    await pool.drain()
    expect(crashes.attempts).toEqual([1, 2, 3, 4])
    expect((await crashes.dead()).map(({ value }) => value)).toEqual(['mixed:1'])
  })

  test('is told to whoever awaits it', async () => {
    const crashes = await Crashes.start()
    const pool = await crashes.pool({ maxAttempts: 2 })
    await expect(pool.run({ topic: TOPIC, value: 'callback:1' })).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      details: { topic: TOPIC, partition: 0, offset: 0, attempt: 2 },
      cause: { name: 'RangeError', message: 'boom' },
    })
  })

  test('is found among those that ran beside it, none of which is given up', async () => {
    const crashes = await Crashes.start(2)
    const values = Array.from({ length: 14 }, (_, i) => (i === 6 ? 'exit:6' : `slow:${i}`))
    await crashes.produce(values)
    const pool = await crashes.pool({ threads: 1, concurrency: 'key', maxAttempts: 1 })
    await pool.drain()
    expect(await crashes.handled()).toEqual(values.filter((value) => value !== 'exit:6').sort())
    expect((await crashes.dead()).map(({ value }) => value)).toEqual(['exit:6'])
    const [first, ...rest] = crashes.errors
    expect((first!.details['records'] as unknown[]).length).toBeGreaterThan(1)
    expect(rest.map(({ details }) => details['attempt'])).toEqual([1])
  })

  test('is found in its batch', async () => {
    const crashes = await Crashes.start()
    await crashes.produce(['fine:1', 'fine:2', 'callback:1', 'fine:3', 'exit:1', 'fine:4'])
    const pool = await crashes.pool({ threads: 1 }, 'poisonous-batches')
    await pool.drain()
    expect(await crashes.handled()).toEqual(['fine:1', 'fine:2', 'fine:3', 'fine:4'])
    expect((await crashes.dead()).map(({ value }) => value)).toEqual(['callback:1', 'exit:1'])
    expect(crashes.attempts.length).toBeLessThanOrEqual(7)
  })

  test('is not held against one of a topic that is made again under its name', async () => {
    const crashes = await Crashes.start()
    const pool = await crashes.pool({ maxAttempts: 1 })
    for (let i = 1; i <= 2; i++) {
      // The thread is down, and nobody has the partition yet.
      await crashes.produce(['exit:1'])
      await until(() => crashes.errors.length === i)
      await crashes.rig.broker.deleteTopic(TOPIC)
      await crashes.rig.broker.createTopic(TOPIC, { ringBytes: 65_536 })
      await crashes.produce([`fine:${i}`, `fine:${i}`])
      await pool.drain()
      await crashes.rig.broker.deleteTopic(TOPIC)
      await crashes.rig.broker.createTopic(TOPIC, { ringBytes: 65_536 })
    }
    expect((await crashes.dead()).map(({ value }) => value)).not.toContain('fine:1')
    expect(await crashes.handled()).toEqual([1, 2].map((i) => `fine:${i}`))
  })

  test('is one of many: they do not stop the pool together', async () => {
    const crashes = await Crashes.start()
    const pool = await crashes.pool({ threads: 1, maxAttempts: 1 })
    await crashes.produce(Array.from({ length: 8 }, (_, i) => `exit:${i}`))
    await pool.drain()
    expect(await crashes.dead()).toHaveLength(8)
    expect(crashes.attempts).toEqual(Array.from({ length: 8 }, () => 1))
  })

  test('is found, whatever the program: all others are handled, and no other is given up', async () => {
    const kind = fc.constantFrom(
      'fine',
      'fine',
      'fine',
      'fine',
      'fine',
      'exit',
      'callback',
      'mixed',
    )
    const program = fc.record({
      kinds: fc.array(kind, { minLength: 1, maxLength: 20 }),
      partitions: fc.integer({ min: 1, max: 3 }),
      threads: fc.integer({ min: 1, max: 2 }),
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      concurrency: fc.constantFrom('partition' as const, 'key' as const),
      isBatchwise: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(program, async ({ kinds, partitions, isBatchwise, ...config }) => {
        const crashes = await Crashes.start(partitions)
        const concurrency = isBatchwise ? 'partition' : config.concurrency
        const handler = isBatchwise ? 'poisonous-batches' : 'poisonous'
        const values = kinds.map((what, i) => `${what}:${i}`)
        await crashes.produce(values)
        const pool = await crashes.pool({ ...config, concurrency }, handler)
        await pool.drain({ timeoutMs: 10_000 })
        expect(await crashes.handled()).toEqual(values.filter(isFine).sort())
        // At least once: one that only failed may fail again after another has crashed its thread.
        const dead = [...new Set((await crashes.dead()).map(({ value }) => value))]
        expect(dead.sort()).toEqual(values.filter((value) => !isFine(value)).sort())
        await pool.close()
        await crashes.rig.broker.close()
      }),
      {
        numRuns: 3,
        endOnFailure: true,
        // Once, batches that had failed hid the one that crashed.
        examples: [
          [
            {
              kinds: [
                'mixed',
                'fine',
                'exit',
                'callback',
                'exit',
                'mixed',
                'fine',
                'mixed',
                'fine',
              ],
              partitions: 2,
              threads: 1,
              maxAttempts: 1,
              concurrency: 'partition',
              isBatchwise: true,
            },
          ],
        ],
      },
    )
  })
})

describe('a thread that crashes', () => {
  test('is replaced, its partitions move, and every record is handled', async () => {
    const rig = await Rig.start()
    const errors: RinglogError[] = []
    const data = new SharedArrayBuffer(4)
    const pool = await rig.pool('crashing', { data, onError: (error) => void errors.push(error) })
    await rig.produce(10, 100)
    await pool.drain()
    expect(new Set((await rig.done()).map(({ what }) => what)).size).toBe(1000)
    await until(() => errors.length > 0)
    expect(errors.map(({ code }) => code)).toEqual(['WORKER_CRASHED'])
    await until(async () => {
      const { threads } = await pool.metrics()
      return threads.map(({ assignment }) => assignment.length).join() === '2,2'
    })
    expect((await pool.metrics()).restarts).toBe(1)
    await rig.produce(10, 1)
    await pool.drain()
    expect((await rig.broker.describeGroup(GROUP)).members).toHaveLength(2)
  })

  test('again and again, while it handles nothing, stops the pool', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const errors: RinglogError[] = []
    const words = new Int32Array(new SharedArrayBuffer(4))
    const pool = await rig.pool('crashing-idle', {
      threads: 1,
      data: words.buffer,
      onError: (error) => void errors.push(error),
    })
    Atomics.store(words, 0, 1)
    await expect(pool.closed).rejects.toMatchObject({
      code: 'WORKER_CRASHED',
      details: { isFatal: true, records: [] },
    })
    expect(errors.map(({ details }) => details['isFatal'])).toEqual([
      ...Array.from({ length: 5 }, () => false),
      true,
    ])
    await expect(pool.close()).rejects.toMatchObject({ code: 'WORKER_CRASHED' })
  })
})
