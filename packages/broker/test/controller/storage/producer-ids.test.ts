import { RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { ProducerIds } from '../../../src/controller/storage/producer-ids.ts'

async function take(ids: ProducerIds, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => ids.take()))
}

describe('producer ids', () => {
  test('start from 0, and reserve nothing, where nothing outlives the broker', async () => {
    const ids = new ProducerIds(null)
    expect(await take(ids, 3)).toEqual([0, 1, 2])
  })

  test('are reserved by the thousand before the first of them is given', async () => {
    const reserved: number[] = []
    const ids = new ProducerIds(async (nextProducerId) => void reserved.push(nextProducerId))
    ids.startFrom(0)
    expect(await take(ids, 1_000)).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    expect(reserved).toEqual([1_000])
    expect(await take(ids, 2)).toEqual([1_000, 1_001])
    expect(reserved).toEqual([1_000, 2_000])
  })

  test('are none of those that a former broker had reserved', async () => {
    const reserved: number[] = []
    const ids = new ProducerIds(async (nextProducerId) => void reserved.push(nextProducerId))
    ids.startFrom(3_000)
    expect(await ids.take()).toBe(3_000)
    expect(reserved).toEqual([4_000])
  })

  test('are not given where they could not be reserved, and the next call tries again', async () => {
    let isFull = true
    const ids = new ProducerIds(async () => {
      if (isFull) throw new RinglogError('KAFKA_STORAGE_ERROR')
    })
    ids.startFrom(1_000)
    const refused = await Promise.allSettled([ids.take(), ids.take()])
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isFull = false
    expect(await take(ids, 2)).toEqual([1_000, 1_001])
  })
})
