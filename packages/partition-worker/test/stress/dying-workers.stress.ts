import type { RinglogError } from '@ringlog/core'
import type { PartitionHost } from '@ringlog/partition-worker'
import { SEED, STRESS_MS, seededRandom } from '@ringlog/test-kit'
import { afterEach, expect, test } from 'vitest'
import { terminateHosts } from '../host-rig.ts'
import { MortalPartition } from '../mortal-partition.ts'
import { LaneLoad, ReadingLoad, RpcLoad } from './mortal-load.ts'

afterEach(terminateHosts)

const LANES = 3

/**
 * Workers die before an atomic write of their own, also while they take over, or are terminated at some
 * moment, with a small ring that is full again and again: all is in the log once, in order, where it was
 * answered to be, and nothing is overwritten that was not read.
 */
test(`a partition goes on, whatever its workers die of (seed ${SEED})`, async () => {
  const random = seededRandom(SEED)
  const partition = new MortalPartition()
  const lanes = Array.from({ length: LANES }, (_, i) => new LaneLoad(partition, `lane${i}`, random))
  const rpc = new RpcLoad(random)
  const reading = new ReadingLoad(partition)
  partition.attached = {
    readers: [
      {
        consumerId: 'c',
        clientId: 'c',
        doorbell: reading.doorbell.memory,
        gate: reading.gateMemory,
        start: 0,
      },
    ],
    groupGates: [reading.groupGate],
    lanes: lanes.map(({ connection }) => connection),
  }

  const untilMs = performance.now() + STRESS_MS
  let isLast = false
  let deaths = 0
  let next = Promise.withResolvers<PartitionHost>()
  const dying = (async (): Promise<void> => {
    for (; performance.now() < untilMs; deaths++) {
      // Close to its start, some batches later, or some laps of the ring.
      const steps = [40, 2_000, 20_000][Math.floor(random() * 3)]!
      const deathStep = 1 + Math.floor(random() * steps)
      const hasDied = await partition.start(deathStep).then(
        () => false,
        (error: RinglogError) => {
          if (error.cause !== undefined) throw error // not what it was to die of
          return true
        },
      )
      if (hasDied) continue
      next.resolve(partition.host)
      const { host } = partition
      if (random() < 0.5) {
        await new Promise((resolve) => setTimeout(resolve, random() * 30))
        await partition.kill('is terminated')
      }
      await host.ended
      next = Promise.withResolvers()
    }
    await partition.start()
    next.resolve(partition.host)
    isLast = true
  })()

  const producing = [
    ...lanes.map((lane) => lane.run(() => isLast)),
    rpc.run(
      () => isLast,
      () => next.promise,
    ),
  ]
  let isProduced = false
  const read = reading.run(() => isProduced)
  await Promise.all([dying, ...producing])
  isProduced = true
  reading.doorbell.ring()
  await read

  const answered = new Map([...lanes, rpc].flatMap((load) => [...load.answered]))
  expect(reading.values.length).toBe(answered.size)
  for (const [offset, value] of reading.values.entries()) expect(answered.get(value)).toBe(offset)
  for (const name of [...lanes.keys()].map((i) => `lane${i}`).concat('rpc')) {
    const serials = reading.values.filter((value) => value.startsWith(`${name}:`))
    expect(serials).toEqual(serials.map((_, serial) => `${name}:${serial}`))
  }
  expect(deaths).toBeGreaterThan(0)
})
