import { describe, expect, test } from 'vitest'
import { RingLogIndexReader } from '../../src/ring/ring-log-index-reader.ts'
import { RingLogIndexWriter } from '../../src/ring/ring-log-index-writer.ts'
import {
  INDEX_BYTE,
  INDEX_COUNT_WORD,
  INDEX_ENTRY_BYTES,
  INDEX_INTERVAL_BYTES,
} from '../../src/ring/ring-log-layout.ts'

const CAPACITY = 16

interface Entry {
  readonly offset: number
  readonly position: number
  /** The largest timestamp of the batches before. */
  readonly maxTimestamp: number
}

/** The control words and the index of a ring, with both ends of it. */
function openIndex(
  words: BigInt64Array = new BigInt64Array((INDEX_BYTE + CAPACITY * INDEX_ENTRY_BYTES) / 8),
): {
  words: BigInt64Array
  writer: RingLogIndexWriter
  reader: RingLogIndexReader
} {
  return {
    words,
    writer: new RingLogIndexWriter(words, CAPACITY),
    reader: new RingLogIndexReader(words, CAPACITY),
  }
}

const countOf = (words: BigInt64Array): number => Number(words[INDEX_COUNT_WORD])

/** As the diagram of the layout has it, from the slot of that number. */
function entryAt(words: BigInt64Array, slot: number): Entry {
  const word = (INDEX_BYTE + slot * INDEX_ENTRY_BYTES) / 8
  const [offset, position, maxTimestamp] = [...words.subarray(word, word + 3)].map(Number)
  return { offset: offset!, position: position!, maxTimestamp: maxTimestamp! }
}

describe('the index of a ring log', () => {
  test('has the offset of a batch, where it lies, and the largest timestamp before it', () => {
    const { words, writer } = openIndex()
    writer.add(10, 0, 500)
    writer.add(20, 5000, 400)
    writer.add(35, 10_000, 501)
    writer.add(36, 20_000, 0)
    expect(countOf(words)).toBe(4)
    expect([0, 1, 2, 3].map((slot) => entryAt(words, slot))).toEqual([
      { offset: 10, position: 0, maxTimestamp: -1 },
      { offset: 20, position: 5000, maxTimestamp: 500 },
      { offset: 35, position: 10_000, maxTimestamp: 500 },
      { offset: 36, position: 20_000, maxTimestamp: 501 },
    ])
  })

  test('names no two batches that start closer than 4,096 bytes, but knows their timestamps', () => {
    const { words, writer } = openIndex()
    for (const [i, position] of [0, 4088, 4096, 8184, 8200].entries()) {
      writer.add(i, position, i * 10)
    }
    expect(countOf(words)).toBe(3)
    expect([0, 1, 2].map((slot) => entryAt(words, slot))).toEqual([
      { offset: 0, position: 0, maxTimestamp: -1 },
      { offset: 2, position: 4096, maxTimestamp: 10 },
      { offset: 4, position: 8200, maxTimestamp: 30 },
    ])
  })

  test('goes round: the oldest entry makes room for the newest', () => {
    const { words, writer } = openIndex()
    for (let i = 0; i < CAPACITY + 3; i++) writer.add(i, i * INDEX_INTERVAL_BYTES, i)
    expect(countOf(words)).toBe(CAPACITY + 3)
    expect([0, 2, 3].map((slot) => entryAt(words, slot).offset)).toEqual([16, 18, 3])
  })
})

/** Batches of ten records, some of them indexed; timestamps go up and down, and on the whole up. */
function filledIndex(batches: number): {
  reader: RingLogIndexReader
  entries: Entry[]
  endPosition: number
} {
  const { words, writer, reader } = openIndex()
  const all: Entry[] = []
  let position = 0
  let maxTimestamp = -1
  for (let i = 0; i < batches; i++) {
    const before = countOf(words)
    writer.add(i * 10, position, i * 100 - (i % 3) * 250)
    if (countOf(words) > before) all.push({ offset: i * 10, position, maxTimestamp })
    maxTimestamp = Math.max(maxTimestamp, i * 100 - (i % 3) * 250)
    position += 1000 + (i % 5) * 1600
  }
  return { reader, entries: all.slice(-CAPACITY), endPosition: position }
}

const positionOf = (entry: Entry | undefined): number => entry?.position ?? 0

describe.each([0, 1, 2, 3, 10, 25, 40, 90])('a search in the index of %d batches', (batches) => {
  test('finds the last batch that it names at or before an offset', () => {
    const { reader, entries, endPosition } = filledIndex(batches)
    for (let offset = -1; offset <= batches * 10; offset++) {
      const expected = entries.findLast((entry) => entry.offset <= offset)
      expect(reader.findByOffset(offset, endPosition)).toBe(positionOf(expected))
    }
  })

  test('finds the last batch that it names before which all is older', () => {
    const { reader, entries, endPosition } = filledIndex(batches)
    for (let timestamp = -2; timestamp <= batches * 100; timestamp += 7) {
      const expected = entries.findLast((entry) => entry.maxTimestamp < timestamp)
      expect(reader.findByTimestamp(timestamp, endPosition)).toBe(positionOf(expected))
    }
    for (const { maxTimestamp } of entries) {
      const expected = entries.findLast((entry) => entry.maxTimestamp < maxTimestamp)
      expect(reader.findByTimestamp(maxTimestamp, endPosition)).toBe(positionOf(expected))
    }
  })

  test('finds none that is not published yet (INV-5)', () => {
    const { reader, entries } = filledIndex(batches)
    for (const [i, { position: endPosition, offset }] of entries.entries()) {
      const published = [0, ...entries.slice(0, i).map((entry) => entry.position)]
      expect(published).toContain(reader.findByOffset(offset + 1, endPosition))
      expect(published).toContain(reader.findByTimestamp(Infinity, endPosition))
      // Its own entry counts from its first byte on.
      const isLast = i === entries.length - 1
      if (isLast) expect(reader.findByOffset(offset, endPosition + 1)).toBe(endPosition)
    }
  })
})

test('an index that says it has fewer entries than none is damaged', () => {
  const { words, reader } = openIndex()
  words[INDEX_COUNT_WORD] = -1n
  expect(() => reader.findByOffset(0, 0)).toThrow(
    expect.objectContaining({
      code: 'CORRUPT_MESSAGE',
      message: 'the memory of the log has a number of index entries that cannot be: count=-1',
      details: { count: -1 },
    }),
  )
})

describe('a successor takes an index over', () => {
  test('that has no entry: it starts where the log does', () => {
    const { writer, words } = openIndex()
    expect(writer.recover(4104, 9000)).toEqual({ position: 4104, maxTimestamp: -1 })
    writer.resume(70)
    writer.add(3, 9000, 10)
    expect(entryAt(words, 0)).toEqual({ offset: 3, position: 9000, maxTimestamp: 70 })
  })

  test.each([5, CAPACITY, CAPACITY + 5])('from its last entry, of %d', (count) => {
    const { writer, words } = openIndex()
    for (let i = 0; i < count; i++) writer.add(i, i * 5000, i * 100)
    const last = (count - 1) * 5000
    const successor = openIndex(words).writer
    expect(successor.recover(0, last + 1)).toEqual({
      position: last,
      maxTimestamp: (count - 2) * 100,
    })
    expect(countOf(words)).toBe(count)
    successor.resume(count * 1000)
    successor.add(99, last + 4000, 0)
    expect(countOf(words)).toBe(count)
    successor.add(100, last + 4096, 0)
    expect(entryAt(words, count % CAPACITY)).toEqual({
      offset: 100,
      position: last + 4096,
      maxTimestamp: count * 1000,
    })
  })

  test('without the entries of batches that were not published (INV-4, INV-5)', () => {
    const { writer, words } = openIndex()
    for (let i = 0; i < 6; i++) writer.add(i, i * 5000, i * 100)
    const successor = openIndex(words).writer
    // The end lies where the fourth batch starts.
    expect(successor.recover(0, 15_000)).toEqual({ position: 10_000, maxTimestamp: 100 })
    expect(countOf(words)).toBe(3)
    successor.resume(200)
    successor.add(3, 15_000, 0)
    expect(countOf(words)).toBe(4)
    expect(entryAt(words, 3)).toEqual({ offset: 3, position: 15_000, maxTimestamp: 200 })
  })

  test('but starts no earlier than the log', () => {
    const { writer, words } = openIndex()
    writer.add(0, 0, 100)
    writer.add(1, 5000, 0)
    expect(openIndex(words).writer.recover(7000, 8000)).toEqual({
      position: 7000,
      maxTimestamp: 100,
    })
  })
})
