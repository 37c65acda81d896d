import { describe, expect, test } from 'vitest'
import {
  addZero,
  atomicLoad,
  atomicStore,
  exchange,
  load,
  outcomesOf,
  store,
  type Program,
  type Registers,
} from '../concurrent/weak-memory.ts'

type Steps = readonly Program[]

/**
 * The accesses that the ring's writer and reader make, in the order in which the code makes them, on
 * a machine that reorders what it may. Every variant shows what the order is for.
 */
function happens(
  writer: Steps,
  reader: Steps,
  isForbidden: (registers: Registers) => boolean,
  memory: Record<string, number> = {},
): boolean {
  return outcomesOf([writer, reader], memory).some(isForbidden)
}

const isUnwritten = ({ end, bytes }: Registers): boolean => end === 1 && bytes === 0

describe('publishing (INV-4)', () => {
  const append = [store('bytes', 1), atomicStore('end', 1)]
  const read = [atomicLoad('end', 'end'), load('bytes', 'bytes')]

  test('shows no bytes that are not written yet', () => {
    expect(happens(append, read, isUnwritten)).toBe(false)
  })

  test.each<[string, Steps, Steps]>([
    ['the end is stored before the bytes', [atomicStore('end', 1), store('bytes', 1)], read],
    ['the end is stored plainly', [store('bytes', 1), store('end', 1)], read],
    ['the end is loaded plainly', append, [load('end', 'end'), load('bytes', 'bytes')]],
    [
      'the end is loaded after the bytes',
      append,
      [load('bytes', 'bytes'), atomicLoad('end', 'end')],
    ],
  ])('would, if %s', (_, writer, reader) => {
    expect(happens(writer, reader, isUnwritten)).toBe(true)
  })
})

/** The reader finds that the log starts at 0 still, and takes what is no longer the batch. */
const isSpliced = ({ start, word0, word1 }: Registers): boolean =>
  start === 0 && (word0 === 1 || word1 === 1)

describe('evicting (INV-2) and validating (INV-3)', () => {
  /** The batch at position 0, of two words, makes place for another. */
  const overwrite = [store('word0', 1), store('word1', 1)]
  const copy = [load('word0', 'word0'), load('word1', 'word1')]

  test('let no reader take bytes that were overwritten', () => {
    const writer = [exchange('start', 1), ...overwrite]
    expect(happens(writer, [...copy, addZero('start', 'start')], isSpliced)).toBe(false)
  })

  const evict = exchange('start', 1)
  const validate = addZero('start', 'start')
  test.each<[string, Steps, Steps]>([
    ['the batch is overwritten before it is evicted', [...overwrite, evict], [...copy, validate]],
    ['it is evicted by a store', [atomicStore('start', 1), ...overwrite], [...copy, validate]],
    [
      'the reader validates by a load',
      [evict, ...overwrite],
      [...copy, atomicLoad('start', 'start')],
    ],
    ['the reader validates before it copies', [evict, ...overwrite], [validate, ...copy]],
  ])('would, if %s', (_, writer, reader) => {
    expect(happens(writer, reader, isSpliced)).toBe(true)
  })
})

/** The search for offset 300, whose batch lies at 30 and stays in the log, starts beyond that. */
const isPastTarget = ({ end, offset, position, start }: Registers): boolean => {
  const isTaken = position! < end! && offset! <= 300
  return Math.max(isTaken ? position! : 0, start!) > 30
}

describe('the index (INV-5)', () => {
  /** A slot that spoke of the batch at 10 with offset 100; it will speak of that at 50 with 500. */
  const before = { position: 10, offset: 100, start: 10, end: 40 }
  const evict = exchange('start', 20)
  const write = { position: atomicStore('position', 50), offset: atomicStore('offset', 500) }
  const entry = [write.position, write.offset]
  const publish = atomicStore('end', 60)
  const read = {
    end: atomicLoad('end', 'end'),
    offset: atomicLoad('offset', 'offset'),
    position: atomicLoad('position', 'position'),
    start: addZero('start', 'start'),
  }
  const search = [read.end, read.offset, read.position, read.start]

  test('never lets a search start beyond the batch that is looked for', () => {
    expect(happens([evict, ...entry, publish], search, isPastTarget, before)).toBe(false)
  })

  test.each<[string, Steps, Steps]>([
    ['the offset is written first', [evict, write.offset, write.position, publish], search],
    ['the slot is taken over before its batch is evicted', [...entry, publish, evict], search],
    [
      'the position is loaded first',
      [evict, ...entry, publish],
      [read.end, read.position, read.offset, read.start],
    ],
    [
      "the log's start is loaded before the entry",
      [evict, ...entry, publish],
      [read.end, read.start, read.offset, read.position],
    ],
  ])('does not depend on it that %s', (_, writer, reader) => {
    expect(happens(writer, reader, isPastTarget, before)).toBe(false)
  })

  test.each<[string, Steps, Steps]>([
    ['an entry is written after its batch is published', [evict, publish, ...entry], search],
    [
      'half of an entry is written after its batch is published',
      [evict, write.position, publish, write.offset],
      search,
    ],
    [
      'the end is loaded plainly',
      [evict, ...entry, publish],
      [load('end', 'end'), read.offset, read.position, read.start],
    ],
    [
      'the end is loaded between the two halves of an entry',
      [evict, ...entry, publish],
      [read.offset, read.end, read.position, read.start],
    ],
  ])('would, if %s', (_, writer, reader) => {
    expect(happens(writer, reader, isPastTarget, before)).toBe(true)
  })
})

/** Somebody who looks for offset 3 is given the batch that starts with 5. */
const isSkipped = ({ firstLook, position, secondLook }: Registers): boolean =>
  firstLook! <= 3 && position === 1 && secondLook! <= 3

describe("the log's start offset (INV-6)", () => {
  /** Offsets 0 to 4 lie at position 0, and are evicted; then the log starts with 5, at position 1. */
  const evict = [atomicStore('startOffset', 5), exchange('startPosition', 1)]
  const seek = [
    atomicLoad('startOffset', 'firstLook'),
    addZero('startPosition', 'position'),
    atomicLoad('startOffset', 'secondLook'),
  ]

  test('lets no reader skip what was evicted without noticing', () => {
    expect(happens(evict, seek, isSkipped)).toBe(false)
  })

  test.each<[string, Steps, Steps]>([
    [
      'the position moves before the offset',
      [exchange('startPosition', 1), atomicStore('startOffset', 5)],
      seek,
    ],
    [
      'the reader looks at the offset only before it looks for the batch',
      evict,
      [
        atomicLoad('startOffset', 'firstLook'),
        atomicLoad('startOffset', 'secondLook'),
        addZero('startPosition', 'position'),
      ],
    ],
  ])('would, if %s', (_, writer, reader) => {
    expect(happens(writer, reader, isSkipped)).toBe(true)
  })
})
