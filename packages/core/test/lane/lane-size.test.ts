import { createLaneMemory, laneBytesFor } from '@ringlog/core/internal'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const KIB = 1024
const MIB = 1024 * KIB

describe('the size of a lane', () => {
  test.each([
    // The defaults: 32 MiB and 64 KiB, for more and more partitions.
    [32 * MIB, 1, 64 * KIB, MIB],
    [32 * MIB, 16, 64 * KIB, MIB],
    [32 * MIB, 17, 64 * KIB, 512 * KIB],
    [32 * MIB, 64, 64 * KIB, 256 * KIB],
    [32 * MIB, 1024, 64 * KIB, 256 * KIB],
    // Never under four batches, rounded up.
    [32 * MIB, 1, 256 * KIB, MIB],
    [32 * MIB, 1, 256 * KIB + 1, 2 * MIB],
    [32 * MIB, 1, 4 * MIB, 16 * MIB],
    // Little memory, no batching.
    [100_000, 1, 0, 32 * KIB],
    [100_000, 3, 1, 16 * KIB],
    [1, 1, 0, KIB],
    [1, 1024, 1, KIB],
    // More than a lane can be.
    [2 ** 50, 1, 2 ** 30, 2 ** 30],
  ])(
    'for %i bytes of memory, %i partitions and batches of %i bytes is %i',
    (bufferMemoryBytes, partitions, batchSizeBytes, laneBytes) => {
      expect(laneBytesFor({ bufferMemoryBytes, partitions, batchSizeBytes })).toBe(laneBytes)
    },
  )

  test('keeps its rule for all configurations', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.integer({ min: 1, max: 1024 }),
        fc.integer({ min: 0, max: 2 ** 28 }),
        (bufferMemoryBytes, partitions, batchSizeBytes) => {
          const laneBytes = laneBytesFor({ bufferMemoryBytes, partitions, batchSizeBytes })
          expect(Math.log2(laneBytes) % 1).toBe(0)
          expect(laneBytes).toBeGreaterThanOrEqual(Math.max(KIB, 4 * batchSizeBytes))
          const share = bufferMemoryBytes / (2 * partitions)
          const isLargestShare = laneBytes <= share && (2 * laneBytes > share || laneBytes === MIB)
          const isSmallestForBatches = laneBytes < 8 * batchSizeBytes || laneBytes === KIB
          expect(isLargestShare || isSmallestForBatches).toBe(true)
        },
      ),
    )
  })

  test('is one that a lane can be made of', () => {
    const laneBytes = laneBytesFor({
      bufferMemoryBytes: 3e6,
      partitions: 5,
      batchSizeBytes: 70_000,
    })
    expect(createLaneMemory(laneBytes).byteLength).toBeGreaterThan(laneBytes)
  })
})
