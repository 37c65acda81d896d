import {
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  RecordBatchHeader,
  RingLogReader,
  RingLogWriter,
  createRingLogMemory,
} from '@ringlog/core'
import { Mortal } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import {
  END_POSITION_WORD,
  INDEX_COUNT_WORD,
  LOG_START_OFFSET_WORD,
  LOG_START_POSITION_WORD,
  MARKER_RESERVE_BYTES,
} from '../../src/ring/ring-log-layout.ts'
import { batchOf } from '../batches.ts'

const RING_BYTES = 64 * 1024

function batchOfBytes(sizeBytes: number): Uint8Array {
  const empty = batchOf([{ value: new Uint8Array(9000) }]).length - 9000
  return batchOf([{ value: new Uint8Array(sizeBytes - empty) }])
}

function append(writer: RingLogWriter, batch: Uint8Array, floorOffset = Infinity): number | null {
  return writer.makeRoom(batch.length, floorOffset) ? writer.append(batch) : null
}

describe('a ring log writer', () => {
  test('gives a batch of exactly a quarter of the ring its place, again and again', () => {
    const writer = new RingLogWriter(createRingLogMemory(RING_BYTES))
    expect(writer.maxBatchBytes).toBe(RING_BYTES / 4)
    const batch = batchOfBytes(RING_BYTES / 4)
    expect(batch.length).toBe(RING_BYTES / 4)
    for (let offset = 0; offset < 50; offset++) expect(append(writer, batch)).toBe(offset)
    expect(writer.endOffset - writer.logStartOffset).toBe(3)
  })

  test('leaves a few hundred bytes of a full ring free', () => {
    const writer = new RingLogWriter(createRingLogMemory(RING_BYTES))
    const batch = batchOf([{ value: 'x' }])
    while (writer.hasRoomFor(batch.length)) writer.append(batch)
    const freeBytes = RING_BYTES - (writer.endPosition - writer.startPosition)
    expect(freeBytes).toBeGreaterThanOrEqual(MARKER_RESERVE_BYTES)
    expect(freeBytes).toBeLessThan(MARKER_RESERVE_BYTES + 80)
  })

  test('evicts nothing at or above the floor, not even a batch that holds it in its middle', () => {
    const writer = new RingLogWriter(createRingLogMemory(RING_BYTES))
    const pair = batchOf([{ value: new Uint8Array(5000) }, { value: new Uint8Array(5000) }])
    while (writer.hasRoomFor(pair.length)) writer.append(pair)
    const { endOffset } = writer
    expect(append(writer, pair, 1)).toBeNull()
    expect(writer.logStartOffset).toBe(0)
    expect(append(writer, pair, 3)).toBeNull() // the wrap asks for two batches
    expect(writer.logStartOffset).toBe(2)
    expect(append(writer, pair, 4)).toBe(endOffset)
    expect(writer.logStartOffset).toBe(4)
  })

  test('writes the base offset into the batch, and nothing else', () => {
    const memory = createRingLogMemory(RING_BYTES)
    const writer = new RingLogWriter(memory)
    writer.append(batchOf([{ value: 'a' }, { value: 'b' }]))
    const batch = batchOf([{ key: 'k', value: 'c', timestamp: 7 }], { baseOffset: 999 })
    const before = batch.slice(8)
    expect(writer.append(batch)).toBe(2)
    expect(new RecordBatchHeader().wrap(batch).baseOffset).toBe(2)
    expect(batch.slice(8)).toEqual(before)

    const target = new Uint8Array(1024)
    const result = new ReadResult()
    new RingLogReader(memory).read(2, target, result)
    expect(result.status).toBe(READ_OK)
    expect(target.slice(0, batch.length)).toEqual(batch)
  })

  test('keeps the offsets of batches that it copies, whatever lies between them', () => {
    const memory = createRingLogMemory(RING_BYTES, { endOffset: 101 })
    const writer = new RingLogWriter(memory)
    const reader = new RingLogReader(memory)
    expect([reader.logStartOffset, reader.endOffset]).toEqual([101, 101])
    const copies = [100, 110, 113].map((baseOffset) =>
      batchOf([{ value: 'a' }, { value: 'b' }], { baseOffset }),
    )
    for (const copy of copies) writer.appendCopy(copy)

    expect([writer.endOffset, reader.endOffset]).toEqual([115, 115])
    const target = new Uint8Array(1024)
    const result = new ReadResult()
    const found = [101, 102, 109, 110, 112, 114].map((offset) => {
      reader.read(offset, target, result)
      expect(result).toMatchObject({ status: READ_OK, nextOffset: 115 })
      return new RecordBatchHeader().wrap(target).baseOffset
    })
    expect(found).toEqual([100, 110, 110, 110, 113, 113])
    expect(target.slice(0, copies[2]!.length)).toEqual(copies[2])
    expect(new RingLogWriter(memory).endOffset).toBe(115)
  })
})

/** Words as they stand at some step of an append in which the writer dies. */
interface Death {
  after: string
  /** Puts back what the dying writer had not done yet. */
  undo: (words: BigInt64Array, before: BigInt64Array) => void
}

const undoWords =
  (...undone: number[]): Death['undo'] =>
  (words, before) => {
    for (const word of undone) words[word] = before[word]!
  }

describe('a successor of a writer that died', () => {
  const deaths: Death[] = [
    {
      after: 'the log start offset was stored',
      undo: undoWords(LOG_START_POSITION_WORD, INDEX_COUNT_WORD, END_POSITION_WORD),
    },
    { after: 'evicting', undo: undoWords(INDEX_COUNT_WORD, END_POSITION_WORD) },
    { after: 'the bytes and the index entry', undo: undoWords(END_POSITION_WORD) },
    { after: 'publishing', undo: () => undefined },
  ]

  test.each(deaths)('goes on from what was published, after $after', ({ undo }) => {
    for (let appended = 5; appended < 60; appended++) {
      const memory = createRingLogMemory(RING_BYTES)
      const words = new BigInt64Array(memory, 0, 1024 / 8)
      const writer = new RingLogWriter(memory)
      const batch = batchOf([{ value: new Uint8Array(4000) }, { value: 'x' }])
      for (let i = 0; i < appended; i++) append(writer, batch)
      const published = { end: writer.endOffset, start: writer.logStartOffset }
      const before = words.slice()
      append(writer, batch)
      undo(words, before)

      const isPublished = words[END_POSITION_WORD] !== before[END_POSITION_WORD]
      const endOffset = isPublished ? published.end + 2 : published.end
      // A reader that goes to the end while the writer is between two steps waits there for what
      // comes: an end that is not published yet would be out of range.
      expect(new RingLogReader(memory).endOffset).toBe(endOffset)
      const successor = new RingLogWriter(memory)
      expect(successor.endOffset).toBe(endOffset)
      expect(successor.logStartOffset).toBe(Number(words[LOG_START_OFFSET_WORD]))
      expect(append(successor, batch)).toBe(endOffset)

      const reader = new RingLogReader(memory)
      const target = new Uint8Array(2 * RING_BYTES)
      const result = new ReadResult()
      for (let offset = reader.logStartOffset; offset < reader.endOffset; offset++) {
        reader.read(offset, target, result)
        expect(result.status).toBe(READ_OK)
        const header = new RecordBatchHeader().wrap(target)
        expect(header.baseOffset).toBeLessThanOrEqual(offset)
        expect(header.lastOffset).toBeGreaterThanOrEqual(offset)
      }
      reader.read(successor.logStartOffset - 1, target, result)
      expect(result.status).toBe(READ_OUT_OF_RANGE)
    }
  })
})

const at = (...timestamps: number[]): Uint8Array =>
  batchOf(timestamps.map((timestamp) => ({ value: 'x', timestamp })))

describe('eviction by time', () => {
  test('goes by the largest timestamp of each batch, and stops at the first that is young', () => {
    const writer = new RingLogWriter(createRingLogMemory(RING_BYTES))
    for (const batch of [at(10, 90), at(20), at(50), at(30)]) writer.append(batch)
    writer.evictOlderThan(90, Infinity)
    expect(writer.logStartOffset).toBe(0)
    writer.evictOlderThan(91, Infinity)
    expect(writer.logStartOffset).toBe(5)
    expect(writer.startPosition).toBe(writer.endPosition)
    writer.append(at(10))
    writer.append(at(99))
    writer.evictOlderThan(50, Infinity)
    expect(writer.logStartOffset).toBe(6)
  })

  test('lets a batch without a timestamp go with the one after it', () => {
    const writer = new RingLogWriter(createRingLogMemory(RING_BYTES))
    for (const batch of [at(-1), at(10), at(-1)]) writer.append(batch)
    writer.evictOlderThan(20, Infinity)
    expect(writer.logStartOffset).toBe(2)
    writer.append(at(15))
    writer.evictOlderThan(20, Infinity)
    expect(writer.logStartOffset).toBe(4)
  })

  test('does not pass the floor', () => {
    const writer = new RingLogWriter(createRingLogMemory(RING_BYTES))
    for (let batch = 0; batch < 3; batch++) writer.append(at(1, 2))
    writer.evictOlderThan(20, 3)
    expect(writer.logStartOffset).toBe(2)
  })
})

describe('deleting records', () => {
  test('may cut inside a batch, whose other records stay', () => {
    const memory = createRingLogMemory(RING_BYTES)
    const writer = new RingLogWriter(memory)
    const reader = new RingLogReader(memory)
    for (let batch = 0; batch < 3; batch++) {
      writer.append(batchOf([{ value: 'a' }, { value: 'b' }, { value: 'c' }]))
    }
    writer.deleteBefore(4)
    expect([writer.logStartOffset, reader.logStartOffset]).toEqual([4, 4])
    expect(reader.deletedBefore).toBe(4)
    const [target, result] = [new Uint8Array(RING_BYTES), new ReadResult()]
    reader.read(3, target, result)
    expect(result.status).toBe(READ_OUT_OF_RANGE)
    reader.read(4, target, result)
    expect([result.status, result.nextOffset]).toEqual([READ_OK, 9])
    expect(new RecordBatchHeader().wrap(target).baseOffset).toBe(3)
    expect(reader.findByTimestamp(0)).toEqual({ offset: 4, timestamp: 0 })
  })

  test('never goes back, nor past the end, and survives the writer', () => {
    const memory = createRingLogMemory(RING_BYTES)
    const writer = new RingLogWriter(memory)
    writer.append(batchOf([{ value: 'a' }, { value: 'b' }, { value: 'c' }]))
    writer.deleteBefore(2)
    writer.deleteBefore(1)
    expect(writer.logStartOffset).toBe(2)
    const successor = new RingLogWriter(memory)
    expect([successor.logStartOffset, successor.endOffset]).toEqual([2, 3])
    successor.deleteBefore(100)
    expect([successor.logStartOffset, successor.endOffset]).toEqual([3, 3])
    expect(successor.startPosition).toBe(successor.endPosition)
    const emptied = new RingLogWriter(memory)
    expect([emptied.logStartOffset, emptied.endOffset]).toEqual([3, 3])
    expect(emptied.append(batchOf([{ value: 'd' }]))).toBe(3)
  })

  test('makes room for what a gate below it would have held back', () => {
    const writer = new RingLogWriter(createRingLogMemory(RING_BYTES))
    const batch = batchOfBytes(8000)
    while (writer.hasRoomFor(batch.length)) writer.append(batch)
    expect(append(writer, batch, 0)).toBeNull()
    writer.deleteBefore(3)
    expect(writer.logStartOffset).toBe(3)
    expect(append(writer, batch, 0)).not.toBeNull()
  })

  test('is finished by a successor of a writer that died before the log started there', () => {
    const memory = createRingLogMemory(RING_BYTES)
    const writer = new RingLogWriter(memory)
    for (let batch = 0; batch < 3; batch++) writer.append(batchOf([{ value: 'a' }, { value: 'b' }]))
    const mortal = new Mortal(memory)
    mortal.dieAt(2)
    expect(
      mortal.run(
        () => writer.deleteBefore(3),
        () => false,
      ),
    ).toBe(true)
    const reader = new RingLogReader(memory)
    expect([reader.deletedBefore, reader.logStartOffset]).toEqual([3, 0])
    expect(new RingLogWriter(memory).logStartOffset).toBe(3)
    expect([reader.deletedBefore, reader.logStartOffset]).toEqual([3, 3])
  })
})
