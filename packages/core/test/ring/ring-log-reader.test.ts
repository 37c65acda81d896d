import {
  READ_NEEDS_LARGER_TARGET,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  RingLogReader,
  RingLogWriter,
  createRingLogMemory,
} from '@ringlog/core/internal'
import { PartitionStorage, STORED_IN_MEMORY, STORED_ON_DISK } from '@ringlog/core/internal/storage'
import { describe, expect, test, vi } from 'vitest'
import { MIN_RING_BYTES } from '../../src/ring/ring-log-layout.ts'
import { batchOf } from '../batches.ts'
import { run } from './atomic-accesses.ts'

const target = new Uint8Array(MIN_RING_BYTES)

function append(writer: RingLogWriter, batch: Uint8Array): void {
  writer.makeRoom(batch.length, Infinity)
  writer.append(batch)
}

/** A batch of one record that takes exactly so many bytes of the ring. */
function batchOfBytes(sizeBytes: number, timestamp = 0): Uint8Array {
  for (let length = sizeBytes - 100; ; length++) {
    const batch = batchOf([{ value: 'x'.repeat(length), timestamp }])
    if (batch.length === sizeBytes) return batch
  }
}

function logOf(batches: readonly Uint8Array[]): {
  memory: SharedArrayBuffer
  writer: RingLogWriter
} {
  const memory = createRingLogMemory(MIN_RING_BYTES)
  const writer = new RingLogWriter(memory)
  for (const batch of batches) append(writer, batch)
  return { memory, writer }
}

function read(reader: RingLogReader, offset: number, into = target): ReadResult {
  const result = new ReadResult()
  reader.read(offset, into, result)
  return result
}

describe('a reader', () => {
  test('knows what is available at the offset where it stopped, and nothing of others', () => {
    const batch = batchOfBytes(1_024)
    const { memory, writer } = logOf([batch, batch])
    const reader = new RingLogReader(memory)
    expect(reader.availableBytes(0)).toBe(Infinity)
    read(reader, 0)
    expect(reader.availableBytes(2)).toBe(0)
    append(writer, batch)
    expect(reader.availableBytes(2)).toBe(1_024)
    expect(reader.availableBytes(1)).toBe(Infinity)
  })

  test('says at which byte position lies what it has copied, also after padding', () => {
    const batch = batchOfBytes(12_000)
    const { memory, writer } = logOf([batch, batch, batch, batch, batch])
    const reader = new RingLogReader(memory)
    read(reader, 1)
    expect(reader.readPosition).toBe(12_000)
    read(reader, 5)
    expect(reader.readPosition).toBe(writer.endPosition)
    append(writer, batch) // does not fit before the end of the ring
    expect(read(reader, 5)).toMatchObject({ status: READ_OK, copiedBytes: 12_000 })
    expect(reader.readPosition).toBe(MIN_RING_BYTES)
    expect(read(reader, 6).status).toBe(READ_NOTHING_NEW)
    expect(reader.readPosition).toBe(writer.endPosition)
  })

  test('asks for a larger target only where not one batch has room', () => {
    const { memory } = logOf([batchOfBytes(1_024), batchOfBytes(4_096)])
    const small = new Uint8Array(2_048)
    const reader = new RingLogReader(memory)
    expect(read(reader, 0, small)).toMatchObject({
      status: READ_OK,
      copiedBytes: 1_024,
      requiredBytes: 0,
    })
    expect(read(reader, 1, small)).toMatchObject({
      status: READ_NEEDS_LARGER_TARGET,
      requiredBytes: 4_096,
    })
  })

  test('stops at the wrap where a batch ends there, also with a target that has room for more', () => {
    const { memory } = logOf(Array.from({ length: 10 }, () => batchOfBytes(8_192)))
    const large = new Uint8Array(2 * MIN_RING_BYTES)
    const reader = new RingLogReader(memory)
    const upToTheWrap = { status: READ_OK, copiedBytes: 3 * 8_192, nextOffset: 8 }
    expect(read(reader, 5, large)).toMatchObject(upToTheWrap)
    expect(read(reader, 8, large)).toMatchObject({ copiedBytes: 2 * 8_192, nextOffset: 10 })
  })

  test('takes nothing of what lies in the target behind the batches for part of the log', () => {
    const { memory, writer } = logOf([batchOfBytes(1_024)])
    const full = new Uint8Array(MIN_RING_BYTES).fill(0xff) // as a pad marker
    const reader = new RingLogReader(memory)
    expect(read(reader, 0, full)).toMatchObject({ status: READ_OK, nextOffset: 1 })
    append(writer, batchOfBytes(2_048))
    expect(reader.availableBytes(1)).toBe(2_048)
    expect(read(reader, 1, full.fill(0xff))).toMatchObject({ copiedBytes: 2_048, nextOffset: 2 })
  })

  test('finds no record by its time that was deleted, but one of a later batch', () => {
    const { memory, writer } = logOf([
      batchOf([{ timestamp: 10 }, { timestamp: 5 }]),
      batchOf([{ timestamp: 20 }]),
    ])
    const reader = new RingLogReader(memory)
    expect(reader.findByTimestamp(8)).toEqual({ offset: 0, timestamp: 10 })
    writer.deleteBefore(1)
    expect(reader.findByTimestamp(8)).toEqual({ offset: 2, timestamp: 20 })
  })
})

/** What a reader's call comes to where the writer acts, once, before one of the call's atomic accesses. */
function* interleaved<T>(
  batches: readonly Uint8Array[],
  act: (writer: RingLogWriter) => void,
  call: (reader: RingLogReader) => T,
): Generator<T> {
  for (let stop = 0, isOver = false; !isOver; stop++) {
    const { memory, writer } = logOf(batches)
    const reader = new RingLogReader(memory)
    isOver = true
    yield run(
      () => call(reader),
      (count) => {
        if (count !== stop) return
        isOver = false
        act(writer)
      },
    )
  }
}

/** Appends more than the ring holds to a log of five batches. */
function lap(writer: RingLogWriter, sizeBytes = 12_000): void {
  for (let i = 5; i < 12; i++) append(writer, batchOfBytes(sizeBytes, i * 10))
}

describe('a reader of a log on disk', () => {
  test('takes a ring of which all is evicted up to the high watermark for empty, though padding went, too', () => {
    const memory = createRingLogMemory(MIN_RING_BYTES, { storage: STORED_ON_DISK })
    const writer = new RingLogWriter(memory)
    const storage = new PartitionStorage(memory)
    const sizeBytes = 15_000
    const batch = batchOfBytes(sizeBytes, 7)
    for (let i = 0; i < 4; i++) writer.append(batch)
    storage.advanceHighWatermark(writer.endPosition, 4)
    while (writer.makeRoom(sizeBytes, 4)) writer.append(batch)
    expect(writer.startPosition).toBe(MIN_RING_BYTES) // past the padding, past the high watermark
    expect(writer.startPosition).toBeGreaterThan(storage.highWatermarkPosition)
    for (const offset of [3, 4]) {
      const reader = new RingLogReader(memory)
      const status = offset === 3 ? READ_OUT_OF_RANGE : READ_NOTHING_NEW
      expect([read(reader, offset).status, reader.endOffset]).toEqual([status, 4])
      expect(reader.findByTimestamp(0)).toBeNull()
      storage.advanceHighWatermark(MIN_RING_BYTES + sizeBytes, 5)
      expect(read(reader, 4)).toMatchObject({ status: READ_OK, nextOffset: 5 })
      storage.advanceHighWatermark(4 * sizeBytes, 4)
    }
  })
})

describe('a reader of a ring whose start is that of no log', () => {
  test.each([
    { where: 'on disk, where it was there until now', storage: STORED_ON_DISK, seen: 2 },
    { where: 'in memory, where it was evicted', storage: STORED_IN_MEMORY, seen: 0 },
  ] as const)('sees what is deleted before it, $where', ({ storage, seen }) => {
    const memory = createRingLogMemory(MIN_RING_BYTES, { storage })
    const writer = new RingLogWriter(memory)
    for (let i = 0; i < 5; i++) writer.append(batchOfBytes(1_024))
    writer.evictOlderThan(Infinity, 3)
    const reader = new RingLogReader(memory)
    expect([reader.deletedBefore, reader.logStartOffset]).toEqual([0, 3])
    writer.deleteBefore(2)
    writer.deleteBefore(1)
    expect([reader.deletedBefore, reader.logStartOffset]).toEqual([seen, 3])
    expect(new RingLogWriter(memory).logStartOffset).toBe(3)
    writer.deleteBefore(4)
    expect([reader.deletedBefore, reader.logStartOffset]).toEqual([4, 4])
  })
})

describe('a reader that the writer comes in between', () => {
  const batches = Array.from({ length: 5 }, (_, i) => batchOfBytes(12_000, i * 10))

  test('takes a log that was deleted up to its end for empty, not for damaged (INV-2)', () => {
    const deleteAll = (writer: RingLogWriter): void => {
      append(writer, batches[0]!)
      writer.deleteBefore(writer.endOffset)
    }
    const reads = interleaved(batches, deleteAll, (reader) => read(reader, 2).status)
    expect(new Set(reads)).toEqual(new Set([READ_OK, READ_OUT_OF_RANGE]))
    const ends = interleaved(batches, deleteAll, (reader) => reader.endOffset)
    expect(new Set(ends)).toEqual(new Set([5, 6]))
  })

  test('goes to where the log starts now, for an offset that was past its end (INV-3)', () => {
    const lapped = logOf(batches)
    lap(lapped.writer)
    const { logStartOffset } = lapped.writer
    expect(logStartOffset).toBeGreaterThan(5)
    const reads = [...interleaved(batches, lap, (reader) => read(reader, logStartOffset))]
    for (const { status, nextOffset } of reads) {
      if (status === READ_OK) expect(nextOffset).toBeGreaterThan(logStartOffset)
    }
    const statuses = reads.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([READ_OUT_OF_RANGE, READ_OK]))
  })

  test.each([
    ['batches that each have an index entry', 12_000, 5],
    ['batches of which few have one', 1_000, 60],
  ])(
    'finds a record by its time, among %s, however far the writer has gone (INV-3)',
    (_, sizeBytes, count) => {
      const original = Array.from({ length: count }, (__, i) => batchOfBytes(sizeBytes, i * 10))
      const wanted = 2 * Math.floor(count / 5)
      for (const appends of [1, count]) {
        const more = Array.from({ length: appends }, (__, i) =>
          batchOfBytes(sizeBytes, (count + i) * 10),
        )
        const goOn = (writer: RingLogWriter): void => more.forEach((batch) => append(writer, batch))
        const search = (reader: RingLogReader) => reader.findByTimestamp(wanted * 10 - 5)
        for (const found of interleaved(original, goOn, search)) {
          expect(found).toMatchObject({ timestamp: found!.offset * 10 })
          expect(found!.offset).toBeGreaterThanOrEqual(wanted)
        }
      }
    },
  )

  test('looks into no batch that was overwritten while it was copied (INV-3)', () => {
    const { memory, writer } = logOf(batches)
    const set = Reflect.get(Uint8Array.prototype, 'set') as (...args: unknown[]) => void
    let isLapped = false
    const spy = vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (
      this: Uint8Array,
      ...args: unknown[]
    ) {
      if (!isLapped) {
        isLapped = true
        lap(writer, 11_000) // so that batches begin elsewhere
      }
      set.apply(this, args)
    })
    const found = new RingLogReader(memory).findByTimestamp(15)
    spy.mockRestore()
    expect(isLapped).toBe(true)
    expect(found).toEqual({ offset: writer.logStartOffset, timestamp: writer.logStartOffset * 10 })
  })
})
