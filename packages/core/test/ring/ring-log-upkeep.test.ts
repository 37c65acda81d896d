import { ReadResult, RingLogReader, RingLogWriter, createRingLogMemory } from '@ringlog/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  BLOCKED_WORD,
  END_POSITION_WORD,
  LOG_START_OFFSET_WORD,
  LOG_START_POSITION_WORD,
  MARKER_RESERVE_BYTES,
  sectionsOf,
} from '../../src/ring/ring-log-layout.ts'
import { batchOf } from '../batches.ts'

afterEach(() => vi.restoreAllMocks())

const RING_BYTES = 64 * 1024
const { dataByte } = sectionsOf(RING_BYTES)
const batch = (valueBytes: number, timestamp = 0): Uint8Array =>
  batchOf([{ value: new Uint8Array(valueBytes).fill(7), timestamp }])

describe('the pages of a ring', () => {
  test('are written to once each, while the log is new', () => {
    const memory = createRingLogMemory(RING_BYTES)
    const data = new Uint8Array(memory, dataByte)
    data.fill(1)
    new RingLogWriter(memory).touchPages()
    const touched = [...data.keys()].filter((at) => data[at] === 0)
    expect(touched).toEqual(Array.from({ length: 16 }, (_, page) => page * 4096))
  })

  test('are left alone by a successor: they hold the log', () => {
    const memory = createRingLogMemory(RING_BYTES)
    new RingLogWriter(memory).append(batch(10))
    const before = Buffer.from(new Uint8Array(memory, dataByte))
    new RingLogWriter(memory).touchPages()
    expect(before.equals(new Uint8Array(memory, dataByte))).toBe(true)
  })
})

describe('what gate holders see of a writer', () => {
  test('is that an append waits, from one moment to another', () => {
    const memory = createRingLogMemory(RING_BYTES)
    const words = new BigInt64Array(memory)
    const writer = new RingLogWriter(memory)
    const store = vi.spyOn(Atomics, 'store')
    const seen = [false, true, true, false, false].map((isBlocked) => {
      writer.setBlocked(isBlocked)
      return words[BLOCKED_WORD]
    })
    expect(seen).toEqual([0n, 1n, 1n, 0n, 0n])
    // Nothing is stored where nothing changes.
    expect(store).toHaveBeenCalledTimes(2)
  })

  test('is kept of gates that are closed: the highest offset below which all was released', () => {
    const memory = createRingLogMemory(RING_BYTES)
    const writer = new RingLogWriter(memory)
    expect(writer.releasedUpTo).toBe(0)
    writer.noteReleased(7)
    writer.noteReleased(3)
    expect(writer.releasedUpTo).toBe(7)
    expect(new RingLogWriter(memory).releasedUpTo).toBe(7)
  })
})

describe('the room for a batch', () => {
  test('ends where the next one starts: at a multiple of 8, at the start of the ring if need be', () => {
    const writer = new RingLogWriter(createRingLogMemory(RING_BYTES))
    const { length } = batch(4000)
    const sizeBytes = Math.ceil(length / 8) * 8
    let laps = 0
    for (let i = 0; i < 50; i++) {
      const { endPosition } = writer
      const tail = RING_BYTES - (endPosition % RING_BYTES)
      const start = sizeBytes > tail ? endPosition + tail : endPosition
      laps += start - endPosition > 0 ? 1 : 0
      expect(writer.endPositionAfter(length)).toBe(start + sizeBytes)
      // What fits to the last byte goes there.
      expect(writer.endPositionAfter(tail)).toBe(endPosition + Math.ceil(tail / 8) * 8)
      expect(writer.endPositionAfter(tail + 1)).toBe(
        endPosition + tail + Math.ceil((tail + 1) / 8) * 8,
      )
      writer.makeRoom(length, Infinity)
      writer.append(batch(4000))
      expect(writer.endPosition).toBe(start + sizeBytes)
    }
    expect(laps).toBe(3)
  })

  test('is there up to the reserve for markers, and not a byte beyond', () => {
    const writer = new RingLogWriter(createRingLogMemory(RING_BYTES))
    while (writer.endPosition < RING_BYTES / 2) writer.append(batch(4000))
    const freeBytes = RING_BYTES - writer.endPosition - MARKER_RESERVE_BYTES
    expect(writer.hasRoomFor(freeBytes)).toBe(true)
    expect(writer.hasRoomFor(freeBytes + 8)).toBe(false)
  })
})

test('a fault can be injected after the bytes are copied, and between the two stores of an eviction', () => {
  const memory = createRingLogMemory(RING_BYTES)
  const words = new BigInt64Array(memory)
  const data = Buffer.from(memory, dataByte)
  const steps: string[] = []
  const before = { end: 0n, start: 0n, offset: 0n }
  const note = (): void => {
    before.end = words[END_POSITION_WORD]!
    before.start = words[LOG_START_POSITION_WORD]!
    before.offset = words[LOG_START_OFFSET_WORD]!
  }
  const writer = new RingLogWriter(memory, (step) => {
    steps.push(step)
    expect(words[LOG_START_POSITION_WORD]).toBe(before.start)
    expect(words[END_POSITION_WORD]).toBe(before.end)
    if (step === 'whileEvicting')
      expect(words[LOG_START_OFFSET_WORD]).toBeGreaterThan(before.offset)
    else expect(data.readBigInt64BE(Number(before.end))).toBe(BigInt(writer.endOffset))
  })
  writer.append(batch(4000))
  note()
  writer.append(batch(4000))
  expect(steps).toEqual(['afterCopy', 'afterCopy'])
  note()
  writer.deleteBefore(1)
  expect(steps).toEqual(['afterCopy', 'afterCopy', 'whileEvicting'])
  note()
  writer.deleteBefore(1)
  expect(steps).toHaveLength(3)
})

/** Looks at batches, of which some 35 lie between two entries of the index. */
function looksOf(search: () => void): number {
  const add = vi.spyOn(Atomics, 'add')
  search()
  const looks = add.mock.calls.length
  add.mockRestore()
  return looks
}

describe('a search in a log of many small batches', () => {
  test('looks at the few that follow an entry of the index, not at all', () => {
    const memory = createRingLogMemory(RING_BYTES)
    const writer = new RingLogWriter(memory)
    for (let i = 0; i < 2000; i++) {
      const next = batch(40, i)
      writer.makeRoom(next.length, Infinity)
      writer.append(next)
    }
    const { logStartOffset, endOffset } = writer
    expect(endOffset - logStartOffset).toBeGreaterThan(400)
    const target = new Uint8Array(4096)
    const result = new ReadResult()
    for (let offset = logStartOffset; offset < endOffset; offset += 13) {
      const reader = new RingLogReader(memory)
      expect(looksOf(() => reader.read(offset, target, result))).toBeLessThan(50)
      expect(looksOf(() => reader.findByTimestamp(offset))).toBeLessThan(50)
      // To read on takes no search: the one look is the one that validates the copy.
      const { nextOffset } = result
      if (nextOffset < endOffset) {
        expect(looksOf(() => reader.read(nextOffset, target, result))).toBe(1)
      }
    }
    const reader = new RingLogReader(memory)
    expect(looksOf(() => reader.endOffset)).toBeLessThan(50)
    expect(looksOf(() => reader.endOffset)).toBe(0)
  })
})
