import { RingLogReader, createRingLogMemory } from '@ringlog/core'
import { SEED, STRESS_MS } from '@ringlog/test-kit'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RingReaderData, RingReaderOutcomes } from './ring-reader.worker.ts'
import type { RingWriterData } from './ring-writer.worker.ts'

const RING_BYTES = 64 * 1024

/**
 * A writer laps readers in a tiny ring, over and over, while they copy. Outcomes of a read:
 *
 * | outcome                                   |            |
 * |-------------------------------------------|------------|
 * | whole batches, in order, from the offset  | acceptable |
 * | nothing new                               | acceptable |
 * | out of range (the reader was lapped)      | acceptable |
 * | a batch spliced of two, or a skipped one  | FORBIDDEN  |
 */
describe.each([
  { name: 'small batches', maxValueBytes: 300 },
  { name: 'batches of a quarter of the ring', maxValueBytes: 15_000 },
])('readers that are lapped, with $name', ({ maxValueBytes }) => {
  test(`never see a spliced batch (seed ${SEED})`, async () => {
    const memory = createRingLogMemory(RING_BYTES)
    const stop = new SharedArrayBuffer(4)
    const writerData: RingWriterData = { memory, stop, seed: SEED, maxValueBytes }
    const writer = start('./ring-writer.worker.ts', writerData)
    await once(writer, 'message')

    const readers = [1, 2].map(async (number) => {
      const readerData: RingReaderData = { memory, seed: SEED + number, readForMs: STRESS_MS / 2 }
      const reader = start('./ring-reader.worker.ts', readerData)
      const [outcomes] = (await once(reader, 'message')) as [RingReaderOutcomes]
      return outcomes
    })
    for (const { whole, lapped } of await Promise.all(readers)) {
      expect(whole).toBeGreaterThan(0)
      expect(lapped).toBeGreaterThan(0)
    }

    Atomics.store(new Int32Array(stop), 0, 1)
    const [endOffset] = (await once(writer, 'message')) as [number]
    expect(new RingLogReader(memory).endOffset).toBe(endOffset)
  })
})

/** Ended with the test, also where what it read has sent it round in circles. */
function start(file: string, workerData: object): Worker {
  const worker = new Worker(new URL(file, import.meta.url), { workerData })
  onTestFinished(async () => void (await worker.terminate()))
  return worker
}
