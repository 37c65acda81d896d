import { Doorbell, createRingLogMemory } from '@ringlog/core'
import { createLaneMemory } from '@ringlog/core/internal'
import { SEED, seededRandom, STRESS_MS } from '@ringlog/test-kit'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { dawdleAroundAtomics } from './atomics-yielding.ts'
import type { LaneProducerData } from './lane-producer.worker.ts'
import { LaneScript } from './lane-script.ts'
import { LaneServer } from './lane-server.ts'

/** The tiniest lane: a batch or four at a time, so it wraps after every few. */
const LANE_BYTES = 1024
/** The same at every run, and one that is not. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, SEED]
const BATCHES = Math.ceil(STRESS_MS / 4)

/**
 * A producer and a partition worker on threads of their own, both held up at random around every
 * atomic operation; batches of all sizes, some refused, over hundreds of laps; and a worker that dies
 * now and then around publishing, whose successor goes on.
 */
describe.each([
  { slots: 2, resetsAtOnce: false },
  { slots: 4, resetsAtOnce: true },
  { slots: 64, resetsAtOnce: true },
])('a lane of $slots slots (reset at once: $resetsAtOnce)', ({ slots, resetsAtOnce }) => {
  test.each(SEEDS)(`brings each of ${BATCHES} batches once, in order (seed %i)`, async (seed) => {
    const memory = createLaneMemory(LANE_BYTES, slots)
    const workerDoorbell = new Doorbell()
    const ownDoorbell = new Doorbell()
    const data: LaneProducerData = {
      memory,
      seed,
      total: BATCHES,
      ownDoorbell: ownDoorbell.memory,
      workerDoorbell: workerDoorbell.memory,
      resetsAtOnce,
    }
    const producing = new Worker(new URL('./lane-producer.worker.ts', import.meta.url), {
      workerData: data,
    })
    const answered = once(producing, 'message') as Promise<[number[]]>
    await once(producing, 'online')
    const random = seededRandom(seed)
    const restore = dawdleAroundAtomics(random)
    try {
      new LaneServer({
        ring: createRingLogMemory(64 * 1024),
        memory,
        seed,
        ownDoorbell: workerDoorbell,
        producerDoorbell: ownDoorbell,
        random,
      }).run()
    } finally {
      restore()
    }

    const [offsets] = await answered
    const script = new LaneScript(seed)
    const appended = offsets.filter((offset) => offset >= 0)
    expect(offsets).toHaveLength(BATCHES)
    expect(appended).toEqual(appended.map((_, i) => i))
    offsets.forEach((offset, serial) => expect(offset < 0).toBe(script.isRefused(serial)))
  })
})
