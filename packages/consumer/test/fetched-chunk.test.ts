import { SEED, seededRandom } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import { ChunkPool, type FetchedChunk } from '../src/fetched-chunk.ts'

const KIB = 1024
const CHUNK_BYTES = 256 * KIB

const giveAllBack = (pool: ChunkPool, chunks: readonly FetchedChunk[]): void => {
  for (const chunk of chunks) pool.giveBack(chunk)
}

test('polls that cursors walk take memory once, whatever their chunks take', () => {
  const pool = new ChunkPool(CHUNK_BYTES)
  const seen = new Set<FetchedChunk>()
  for (let poll = 0; poll < 100; poll++) {
    const chunks = [300, 256, 200, 150, 80, 40, 17].map((kib) =>
      pool.take((kib + (poll % 9)) * KIB),
    )
    const large = pool.takeLarge(600 * KIB)
    for (const chunk of [...chunks, large]) seen.add(chunk)
    giveAllBack(pool, [...chunks, large])
  }
  // Those of the first poll were as large as what was read; the rest fit again.
  expect(seen.size).toBeLessThanOrEqual(2 * 8)
})

test('what a record lies in is never used again, and no larger than what is read', () => {
  const pool = new ChunkPool(CHUNK_BYTES)
  const seen = new Set<FetchedChunk>()
  for (let poll = 0; poll < 20; poll++) {
    const chunk = pool.take(70 * KIB)
    expect(seen).not.toContain(chunk)
    expect(chunk.bytes).toHaveLength(70 * KIB)
    seen.add(chunk)
    chunk.isKept = true
    pool.giveBack(chunk)
  }
})

test('a poll of hundreds of partitions leaves no more than 32 normal chunks behind', () => {
  const pool = new ChunkPool(CHUNK_BYTES)
  const takeAll = (): FetchedChunk[] => Array.from({ length: 500 }, () => pool.take(CHUNK_BYTES))
  const first = takeAll()
  giveAllBack(pool, first)
  const again = takeAll().filter((chunk) => first.includes(chunk))
  expect(again).toHaveLength(32)
})

test(`a chunk takes what it was asked for, and nobody else has it (seed ${SEED})`, () => {
  const random = seededRandom(SEED)
  const pool = new ChunkPool(CHUNK_BYTES)
  const out = new Set<FetchedChunk>()
  for (let step = 0; step < 20_000; step++) {
    if (random() < 0.5 && out.size > 0) {
      const [chunk] = out
      out.delete(chunk!)
      chunk!.isKept = random() < 0.1
      pool.giveBack(chunk!)
      continue
    }
    const wanted = 1 + Math.floor(random() * (random() < 0.1 ? 16 : 1) * CHUNK_BYTES)
    const isLarge = random() < 0.2
    const chunk = isLarge ? pool.takeLarge(wanted) : pool.take(wanted)
    expect(out.has(chunk)).toBe(false)
    expect(chunk.bytes.length).toBeGreaterThanOrEqual(
      isLarge ? wanted : Math.min(wanted, CHUNK_BYTES),
    )
    out.add(chunk)
  }
})
