import {
  READ_NEEDS_LARGER_TARGET,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  RingLogReader,
  createRingLogMemory,
} from '@ringlog/core'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { verifyPattern } from './pattern-batch.ts'
import type { RingWriterData } from './ring-writer.worker.ts'
import { SEED, STRESS_MS, seededRandom } from './stress-time.ts'

const RING_BYTES = 64 * 1024

/**
 * A writer laps readers in a tiny ring, over and over. Outcomes of a read:
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
])('a reader that is lapped, with $name', ({ maxValueBytes }) => {
  test(`never sees a spliced batch (seed ${SEED})`, async () => {
    const memory = createRingLogMemory(RING_BYTES)
    const stop = new SharedArrayBuffer(4)
    const workerData: RingWriterData = { memory, stop, seed: SEED, maxValueBytes }
    const worker = new Worker(new URL('./ring-writer.worker.ts', import.meta.url), { workerData })
    await once(worker, 'message')

    const outcomes = { whole: 0, lapped: 0, nothing: 0 }
    const target = new Uint8Array(RING_BYTES)
    const until = performance.now() + STRESS_MS / 2
    const random = seededRandom(SEED)
    // On a machine that is busy with other things it takes longer until both have happened often.
    while (performance.now() < until || outcomes.whole <= 100 || outcomes.lapped <= 10) {
      readOn(memory, target, random, outcomes)
    }

    Atomics.store(new Int32Array(stop), 0, 1)
    const [endOffset] = (await once(worker, 'message')) as [number]
    expect(new RingLogReader(memory).endOffset).toBe(endOffset)
  })
})

/**
 * Starts a fresh reader somewhere, which sends it through the index, and reads until it is lapped, or
 * has read for a while.
 */
function readOn(
  memory: SharedArrayBuffer,
  target: Uint8Array,
  random: () => number,
  outcomes: { whole: number; lapped: number; nothing: number },
): void {
  const reader = new RingLogReader(memory)
  const result = new ReadResult()
  const { logStartOffset, endOffset } = reader
  let offset = logStartOffset + Math.floor(random() ** 3 * (endOffset - logStartOffset))
  for (let reads = 0; reads < 200; reads++) {
    reader.read(offset, target, result)
    expect(result.status).not.toBe(READ_NEEDS_LARGER_TARGET)
    if (result.status === READ_OUT_OF_RANGE) {
      outcomes.lapped++
      return
    }
    if (result.status !== READ_OK) {
      outcomes.nothing++
      continue
    }
    const next = verifyPattern(target, result.copiedBytes, offset)
    expect(next).toBe(result.nextOffset)
    outcomes.whole++
    offset = next
  }
}
