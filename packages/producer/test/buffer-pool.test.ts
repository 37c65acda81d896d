import { SEED, seededRandom } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import { BufferPool, sizeUsedAgain } from '../src/buffer-pool.ts'
import { SenderRig } from './sender-rig.ts'

const KIB = 1024

test(`a size that is used again is a quarter more than needed at most (seed ${SEED})`, () => {
  const random = seededRandom(SEED)
  const sizes = new Set<number>()
  for (let i = 0; i < 20_000; i++) {
    const neededBytes = 64 * KIB + Math.floor(random() * 960 * KIB)
    const sizeBytes = sizeUsedAgain(neededBytes)
    expect(sizeBytes).toBeGreaterThanOrEqual(neededBytes)
    expect(sizeBytes).toBeLessThanOrEqual(neededBytes * 1.25)
    expect(sizeBytes % 8).toBe(0)
    sizes.add(sizeBytes)
  }
  expect(sizes.size).toBeLessThanOrEqual(17)
  expect([70, 71, 128, 4096].map(sizeUsedAgain)).toEqual([80, 80, 128, 4096])
})

test(`records of all sizes take memory that others have given back (seed ${SEED})`, () => {
  const random = seededRandom(SEED)
  const pool = new BufferPool(4 * 1024 * KIB)
  const seen = new Set<ArrayBuffer>()
  for (let i = 0; i < 2_000; i++) {
    const buffer = pool.allocate(sizeUsedAgain(64 * KIB + Math.floor(random() * 128 * KIB)))!
    seen.add(buffer)
    pool.release(buffer)
  }
  expect(seen.size).toBeLessThanOrEqual(8)
})

test('a record that is larger than a batch has one for itself, though its memory is larger still', async () => {
  const rig = new SenderRig({ batchSizeBytes: 1_024 })
  const first = rig.send(0)
  await rig.turn() // the topic is known from here on
  expect(first.error).toBe(null)
  const takenBytes = (): number => {
    const { bufferAvailableBytes, bufferTotalBytes } = rig.records.metrics()
    return bufferTotalBytes - bufferAvailableBytes
  }
  const takenBefore = takenBytes()
  const records = [rig.send(0, 2_100), rig.send(0)]
  // One of the sizes between 2 and 4 KiB, which would do for both; and one of a normal batch.
  expect(takenBytes() - takenBefore).toBe(2_560 + 1_024)
  await rig.turn()
  expect(records.map(({ error }) => error)).toEqual([null, null])
})
