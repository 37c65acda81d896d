import type { Consumer } from 'ringlog'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import type { LaneProducerData } from './lane-producer.worker.ts'
import { Rig } from './rig.ts'

const MIB = 1024 * 1024

/** Waits until no producer is connected to the partition any more. */
async function untilGivenBack({ broker, topic }: Rig): Promise<void> {
  const producers = async (): Promise<number> => {
    const { topics } = await broker.metrics()
    return topics.find((metrics) => metrics.topic === topic)!.partitions[0]!.producerCount
  }
  while ((await producers()) > 0);
}

/** A thread that writes, with what it has written so far. */
class WritingThread {
  readonly #worker: Worker
  readonly #count = new Int32Array(new SharedArrayBuffer(8))

  constructor(data: Omit<LaneProducerData, 'acknowledged'>) {
    const workerData: LaneProducerData = { ...data, acknowledged: this.#count.buffer }
    this.#worker = new Worker(new URL('./lane-producer.worker.ts', import.meta.url), { workerData })
  }

  get acknowledged(): number {
    return Atomics.load(this.#count, 0)
  }

  /** Ends the thread once so many records are acknowledged, wherever it is then. */
  async killAt(acknowledged: number): Promise<void> {
    while (this.acknowledged < acknowledged) await new Promise((resolve) => setImmediate(resolve))
    await this.#worker.terminate()
  }

  /** Ends the thread while it stands still before it hands its last batch over. */
  async killWhileWriting(): Promise<void> {
    await once(this.#worker, 'message')
    await this.#worker.terminate()
  }
}

/**
 * Reads what a thread has written: its records from 0 on, each whole and once, among them all that
 * were acknowledged; returns how many there are.
 */
async function verify(consumer: Consumer, round: number, acknowledged: number): Promise<number> {
  let next = 0
  for (;;) {
    const { count, ...records } = await readSome(consumer)
    if (count === 0) break
    for (const value of records.values) {
      expect(value).toBe(`${round}:${next}:`.padEnd(20 + ((next * 37) % 900), '.'))
      next++
    }
  }
  expect(next).toBeGreaterThanOrEqual(acknowledged)
  return next
}

async function readSome(consumer: Consumer): Promise<{ count: number; values: string[] }> {
  const records = await consumer.poll({ timeoutMs: 0 })
  return { count: records.count, values: [...records].map(({ value }) => String(value)) }
}

describe('a lane', () => {
  test('of a producer that is closed is given back, hundreds of times', async () => {
    const rig = await Rig.start('shared', { ringBytes: MIB })
    const consumer = await rig.consumer({ gating: false })
    const value = 'x'.repeat(16_000)
    const roundsBefore = 200
    const rounds = 400
    const useLane = async (): Promise<void> => {
      const producer = rig.producer()
      // More than a lane of 1 MiB holds, so that all of it is used.
      for (let i = 0; i < 80; i++) {
        if (!producer.write({ topic: rig.topic, value })) await producer.drained()
      }
      await producer.close()
    }
    // V8 frees little in the first seconds, until it knows how fast memory outside its heap grows.
    for (let round = 0; round < roundsBefore; round++) await useLane()
    const before = process.memoryUsage.rss()
    let most = 0
    for (let round = 0; round < rounds; round++) {
      await useLane()
      most = Math.max(most, process.memoryUsage.rss() - before)
    }
    await untilGivenBack(rig)
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(80 * (roundsBefore + rounds))
    await consumer.close()
    // The lanes of these rounds together would be 400 MiB.
    expect(most / MIB).toBeLessThan(150)
  })

  test('of a thread that is ended while it writes is given back, and nothing is lost or half there', async () => {
    const rig = await Rig.start('shared', { ringBytes: 4 * MIB })
    const consumer = await rig.consumer({ maxPollRecords: Infinity })
    for (let round = 0; round < 20; round++) {
      const thread = new WritingThread({ topic: rig.topic, round, lastBatch: null })
      const killing = thread.killAt(1 + round * 23)
      await killing
      await untilGivenBack(rig)
      await verify(consumer, round, thread.acknowledged)
    }
  })

  test('of a thread that is ended in the middle of a batch: that batch never appears', async () => {
    const rig = await Rig.start('shared', { ringBytes: 4 * MIB })
    const consumer = await rig.consumer({ maxPollRecords: Infinity })
    for (const [round, lastBatch] of [1, 2, 5, 17, 40].entries()) {
      const thread = new WritingThread({ topic: rig.topic, round, lastBatch })
      await thread.killWhileWriting()
      await untilGivenBack(rig)
      const count = await verify(consumer, round, thread.acknowledged)
      if (lastBatch === 1) expect(count).toBe(0)
      else expect(count).toBeGreaterThan(0)
      const producer = rig.producer()
      await producer.send({ topic: rig.topic, value: 'after' })
      await producer.close()
      expect(await readSome(consumer)).toEqual({ count: 1, values: ['after'] })
    }
  })
})
