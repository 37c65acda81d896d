import { RecordBatchCursor, RecordBatchHeader, alignUp } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import type { AbortedTransaction } from '../../src/consumer/fetch-api.ts'
import { FetchMemory } from '../../src/consumer/fetch-memory.ts'
import { copyFetchedBatches, type FetchedBatches } from '../../src/consumer/fetched-batches.ts'
import { batchAt, concat, markerAt, piecesOf } from './batches.ts'

const AT = { topic: 'orders', partition: 3 }

function copy(
  offset: number,
  bytes: Uint8Array,
  aborted: readonly AbortedTransaction[] = [],
  pieceBytes = 100,
): FetchedBatches {
  return copyFetchedBatches(AT, offset, piecesOf(bytes, pieceBytes), new FetchMemory(), aborted)
}

/** What a consumer is handed out of them: `offset:value`. */
function valuesOf({ bytes }: FetchedBatches): string[] {
  const values: string[] = []
  const header = new RecordBatchHeader()
  const cursor = new RecordBatchCursor()
  for (let start = 0; start < bytes.length; start += alignUp(header.sizeBytes, 8)) {
    header.wrap(bytes, start)
    cursor.open(bytes, start)
    while (cursor.next()) {
      const { valueStart, valueLength } = cursor
      const value = Buffer.from(bytes).toString('utf8', valueStart, valueStart + valueLength)
      values.push(`${cursor.offset}:${value}`)
    }
  }
  return values
}

describe('batches of a fetch', () => {
  const whole = concat(batchAt(5, ['a', 'bc']), batchAt(7, ['def']), batchAt(20, ['g', 'h']))

  test.each([1, 2, 7, 61, 100, 10_000])('come in pieces of any size: %i', (pieceBytes) => {
    const fetched = copy(5, whole, [], pieceBytes)

    expect(valuesOf(fetched)).toStrictEqual(['5:a', '6:bc', '7:def', '20:g', '21:h'])
    expect(fetched).toMatchObject({ firstOffset: 5, nextOffset: 22, fault: null })
  })

  test('end with the last that is there whole, wherever the answer was cut off', () => {
    const first = batchAt(0, ['a'])
    const second = batchAt(1, ['b'])
    const both = concat(first, second)
    for (let cut = first.length; cut < both.length; cut++) {
      const fetched = copy(0, both.subarray(0, cut))
      expect(valuesOf(fetched)).toStrictEqual(['0:a'])
      expect(fetched.nextOffset).toBe(1)
    }
  })

  test('are malformed where not even the first is whole', () => {
    const first = batchAt(5, ['a'])
    for (let cut = 1; cut < first.length; cut++) {
      const { bytes, nextOffset, fault } = copy(5, first.subarray(0, cut))
      expect([bytes.length, nextOffset]).toEqual([0, 5])
      expect(fault).toMatchObject({
        code: 'CORRUPT_MESSAGE',
        message: expect.stringContaining('is not whole'),
        details: { lastOffset: 5 },
      })
    }
    expect(copy(5, first.subarray(0, 0)).fault).toBeNull()
  })

  test('begin with the one that holds the offset', () => {
    expect(valuesOf(copy(7, whole))).toStrictEqual(['7:def', '20:g', '21:h'])
    expect(valuesOf(copy(21, whole))).toStrictEqual(['20:g', '21:h'])
  })

  test('that lack one are as many as there are: compaction has left them', () => {
    expect(copy(10, whole).nextOffset).toBe(22)
  })

  test('are not believed where a bit of them is another', () => {
    for (const byte of [21, 40, 65]) {
      const bytes = whole.slice()
      bytes[batchAt(5, ['a', 'bc']).length + byte]! ^= 1
      const fetched = copy(5, bytes)

      expect(valuesOf(fetched)).toStrictEqual(['5:a', '6:bc'])
      expect(fetched.nextOffset).toBe(7)
      expect(fetched.fault).toMatchObject({
        code: 'CORRUPT_MESSAGE',
        details: { ...AT, baseOffset: 7 },
      })
    }
  })

  test('of the format before Kafka 0.11 are refused in words', () => {
    const bytes = whole.slice()
    bytes[16] = 1

    expect(copy(5, bytes).fault?.message).toContain('magic=1')
  })
})

describe('of transactions', () => {
  const bytes = concat(
    batchAt(0, ['mine'], { producerId: 1, isTransactional: true }),
    batchAt(1, ['other'], { producerId: 2, isTransactional: true }),
    batchAt(2, ['plain']),
    markerAt(3, 1, 'abort'),
    batchAt(4, ['again'], { producerId: 1, isTransactional: true }),
    markerAt(5, 2, 'commit'),
    markerAt(6, 1, 'commit'),
  )

  test('those that were aborted are passed over, and no others of their producer', () => {
    const fetched = copy(0, bytes, [{ producerId: 1n, firstOffset: 0 }])

    expect(valuesOf(fetched)).toStrictEqual(['1:other', '2:plain', '4:again'])
    expect(fetched.nextOffset).toBe(7)
  })

  test('all are seen by who reads what is not committed, and no marker is', () => {
    expect(valuesOf(copy(0, bytes))).toStrictEqual(['0:mine', '1:other', '2:plain', '4:again'])
  })

  test('one is aborted from its first offset on', () => {
    const fetched = copy(0, bytes, [{ producerId: 1n, firstOffset: 4 }])

    expect(valuesOf(fetched)).toStrictEqual(['0:mine', '1:other', '2:plain'])
  })
})
