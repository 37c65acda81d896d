import { Doorbell, RingLogWriter, createRingLogMemory } from '@ringlog/core'
import { createLaneMemory } from '@ringlog/core/internal'
import { SEED, seededRandom, STRESS_MS } from '@ringlog/test-kit'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import type { LaneProducerData } from './lane-producer.worker.ts'
import { LaneScript } from './lane-script.ts'
import type { LaneServerData } from './lane-server.worker.ts'

const BATCHES = Math.ceil(STRESS_MS * 2)

/** Some ten lives, then, for all batches: about eight writes are made for each. */
const MAX_WRITES_PER_LIFE = Math.ceil((BATCHES * 8) / 5)

/**
 * Worker threads are killed one after the other, each after another atomic write, while a producer on
 * its own thread sends through their lane; each has a successor on the same memory. Outcomes for a batch:
 *
 * | outcome                                          |            |
 * |--------------------------------------------------|------------|
 * | appended once, in order, and answered once       | acceptable |
 * | refused, and answered once                       | acceptable |
 * | lost, appended twice, out of order, or a mixture | FORBIDDEN  |
 */
describe('a worker thread that is killed', () => {
  test(`leaves its lane to the next one, ${BATCHES} batches long (seed ${SEED})`, async () => {
    const ring = createRingLogMemory(64 * 1024)
    const memory = createLaneMemory(1024, 4)
    const [workerDoorbell, producerDoorbell] = [new Doorbell(), new Doorbell()]
    const producing = start('./lane-producer.worker.ts', {
      memory,
      seed: SEED,
      total: BATCHES,
      ownDoorbell: producerDoorbell.memory,
      workerDoorbell: workerDoorbell.memory,
      resetsAtOnce: true,
    } satisfies LaneProducerData)
    const answered = once(producing, 'message') as Promise<[number[]]>
    const random = seededRandom(SEED)

    let lives = 0
    for (let isKilled = true; isKilled; lives++) {
      const server = start('./lane-server.worker.ts', {
        ring,
        memory,
        seed: SEED,
        lastWrite: 1 + Math.floor(random() * MAX_WRITES_PER_LIFE),
        ownDoorbell: workerDoorbell.memory,
        producerDoorbell: producerDoorbell.memory,
      } satisfies LaneServerData)
      const ended = once(server, 'exit')
      isKilled = await Promise.race([
        once(server, 'message').then(() => true),
        ended.then(() => false),
      ])
      await server.terminate()
      await ended
      // As whoever cleans up after a thread must (INV-11).
      producerDoorbell.ringUnconditionally()
    }

    const [offsets] = await answered
    const script = new LaneScript(SEED)
    const appended = offsets.filter((offset) => offset >= 0)
    expect(offsets).toHaveLength(BATCHES)
    expect(appended).toEqual(appended.map((_, i) => i))
    offsets.forEach((offset, serial) => expect(offset < 0).toBe(script.isRefused(serial)))
    expect(new RingLogWriter(ring).endOffset).toBe(appended.length)
    expect(lives).toBeGreaterThan(1)
  })
})

function start(file: string, workerData: object): Worker {
  return new Worker(new URL(file, import.meta.url), { workerData })
}
