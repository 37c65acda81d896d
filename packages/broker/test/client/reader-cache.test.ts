import {
  PartitionStateWord,
  createRingLogMemory,
  type TopicPartition,
} from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import { ReaderCache } from '../../src/client/reader-cache.ts'

const RING_BYTES = 64 * 1024

describe('a cache of readers', () => {
  test('asks for each partition once, and again where its topic was deleted', async () => {
    const asked: TopicPartition[][] = []
    const memories: SharedArrayBuffer[] = []
    const cache = new ReaderCache(async (partitions) => {
      asked.push(partitions)
      return partitions.map(() => {
        const memory = createRingLogMemory(RING_BYTES)
        memories.push(memory)
        return { memory, directory: null }
      })
    })
    const [a, b] = [0, 1].map((partition) => ({ topic: 't', partition }))
    const readers = await cache.open([a!, b!], {})
    expect(await cache.open([b!, a!], {})).toEqual([readers[1], readers[0]])
    expect(asked).toEqual([[a, b]])
    new PartitionStateWord(memories[0]!).setDeleted()
    const [again] = await cache.open([a!], {})
    expect(again).not.toBe(readers[0])
    expect(asked.slice(1)).toEqual([[a]])
  })

  test('does not grow with topics that come and go', async () => {
    let memory = createRingLogMemory(RING_BYTES)
    const cache = new ReaderCache(async () => [{ memory, directory: null }])
    for (let round = 0; round < 100; round++) {
      memory = createRingLogMemory(RING_BYTES)
      await cache.open([{ topic: `t${round}`, partition: 0 }], {})
      new PartitionStateWord(memory).setDeleted()
    }
    expect(cache.size).toBe(1)
  })
})
