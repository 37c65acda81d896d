import {
  READ_NEEDS_LARGER_TARGET,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  RecordBatchCursor,
  RecordBatchHeader,
  RingLogReader,
  RingLogWriter,
  createRingLogMemory,
} from '@ringlog/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BATCH_ALIGNMENT_BYTES,
  END_POSITION_WORD,
  LOG_START_OFFSET_WORD,
  LOG_START_POSITION_WORD,
  alignUp,
} from '../../src/ring/ring-log-layout.ts'
import { batchOf } from '../batches.ts'

const RING_BYTES = 64 * 1024
/** A target of a few batches, one that holds hardly any, and one larger than the ring. */
const TARGET_BYTES = [64, 1024, 8192, 2 * RING_BYTES]

interface ModelRecord {
  offset: number
  timestamp: number
  value: string
}

interface ModelBatch {
  records: ModelRecord[]
  baseOffset: number
  nextOffset: number
}

/** The log as it should be: an array of batches, of which the oldest may be gone. */
class Model {
  batches: ModelBatch[] = []
  endOffset = 0
  /** What was deleted, which may end within a batch. */
  deletedBefore = 0

  append(values: string[], timestamps: number[]): ModelBatch {
    const baseOffset = this.endOffset
    const records = values.map((value, i) => ({
      offset: baseOffset + i,
      timestamp: timestamps[i % timestamps.length]!,
      value,
    }))
    this.endOffset += records.length
    const batch = { records, baseOffset, nextOffset: this.endOffset }
    this.batches.push(batch)
    return batch
  }

  evictBefore(logStartOffset: number): void {
    this.batches = this.batches.filter(({ nextOffset }) => nextOffset > logStartOffset)
  }

  evictOlderThan(timestamp: number, floorOffset: number): void {
    const isDue = ({ records, nextOffset }: ModelBatch): boolean =>
      nextOffset <= floorOffset && records.every((record) => record.timestamp < timestamp)
    while (this.batches.length > 0 && isDue(this.batches[0]!)) this.batches.shift()
  }

  deleteBefore(offset: number): void {
    this.deletedBefore = Math.max(this.deletedBefore, Math.min(offset, this.endOffset))
    this.evictBefore(this.deletedBefore)
  }

  get logStartOffset(): number {
    return Math.max(this.deletedBefore, this.batches[0]?.baseOffset ?? this.endOffset)
  }

  from(offset: number): ModelRecord[] {
    const batch = this.batches.findIndex(({ nextOffset }) => nextOffset > offset)
    return batch < 0 ? [] : this.batches.slice(batch).flatMap(({ records }) => records)
  }

  findByTimestamp(timestamp: number): { offset: number; timestamp: number } | null {
    const found = this.from(0).find(
      (record) => record.offset >= this.logStartOffset && record.timestamp >= timestamp,
    )
    return found === undefined ? null : { offset: found.offset, timestamp: found.timestamp }
  }
}

/** Where a log stands at first: how many bytes and records have gone through it. */
interface LogAge {
  position: number
  offset: number
}

/** New; and about to pass what fits into 31 and 32 bits, and where nobody will ever get. */
const AGES: LogAge[] = [
  { position: 0, offset: 0 },
  { position: 2 ** 31 - 40_000, offset: 2 ** 31 - 100 },
  { position: 2 ** 32 - 40_000, offset: 2 ** 32 - 100 },
  { position: 2 ** 50 + 8, offset: 2 ** 52 },
]

/** The ring and its model, and the operations that are carried out on both. */
class Rig {
  readonly memory = createRingLogMemory(RING_BYTES)
  readonly model = new Model()
  writer: RingLogWriter
  reader: RingLogReader

  constructor({ position, offset }: LogAge) {
    const words = new BigInt64Array(this.memory)
    words[END_POSITION_WORD] = BigInt(position)
    words[LOG_START_POSITION_WORD] = BigInt(position)
    words[LOG_START_OFFSET_WORD] = BigInt(offset)
    this.model.endOffset = offset
    this.writer = new RingLogWriter(this.memory)
    this.reader = new RingLogReader(this.memory)
  }

  append(values: string[], timestamps: number[], floorOffset: number): void {
    const plain = values.map((value, i) => ({
      value,
      timestamp: timestamps[i % timestamps.length]!,
    }))
    const batch = batchOf(plain)
    if (batch.length > this.writer.maxBatchBytes) return
    const startBefore = this.writer.logStartOffset
    const hasRoom = this.writer.makeRoom(batch.length, floorOffset)
    expect(this.writer.logStartOffset).toBeLessThanOrEqual(Math.max(startBefore, floorOffset))
    this.model.evictBefore(this.writer.logStartOffset)
    expect(this.writer.logStartOffset).toBe(this.model.logStartOffset)
    if (floorOffset === Infinity) expect(hasRoom).toBe(true)
    if (!hasRoom) return
    const expected = this.model.append(values, timestamps)
    expect(this.writer.append(batch)).toBe(expected.baseOffset)
  }

  evictOlderThan(timestamp: number, floorOffset: number): void {
    this.writer.evictOlderThan(timestamp, floorOffset)
    this.model.evictOlderThan(timestamp, floorOffset)
    expect(this.writer.logStartOffset).toBe(this.model.logStartOffset)
    expect(this.reader.logStartOffset).toBe(this.model.logStartOffset)
  }

  deleteBefore(offset: number): void {
    this.writer.deleteBefore(offset)
    this.model.deleteBefore(offset)
    expect(this.writer.logStartOffset).toBe(this.model.logStartOffset)
    expect(this.reader.logStartOffset).toBe(this.model.logStartOffset)
  }

  /** Reads from `offset` with one read after the other, until nothing is new. */
  read(offset: number, targetBytes: number): void {
    const { logStartOffset, endOffset } = this.model
    expect(this.reader.endOffset).toBe(endOffset)
    const result = new ReadResult()
    let target = new Uint8Array(targetBytes)
    let next = offset
    const read: ModelRecord[] = []
    for (;;) {
      this.reader.read(next, target, result)
      if (result.status === READ_NEEDS_LARGER_TARGET) {
        expect(result.requiredBytes).toBeGreaterThan(target.length)
        target = new Uint8Array(result.requiredBytes)
        continue
      }
      if (result.status !== READ_OK) break
      expect(result.copiedBytes).toBeGreaterThan(0)
      read.push(...recordsIn(target.subarray(0, result.copiedBytes)))
      expect(result.nextOffset).toBe(read.at(-1)!.offset + 1)
      next = result.nextOffset
    }
    if (offset < logStartOffset || offset > endOffset) {
      expect(result.status).toBe(READ_OUT_OF_RANGE)
      return
    }
    expect(result.status).toBe(READ_NOTHING_NEW)
    expect(this.reader.availableBytes(endOffset)).toBe(0)
    expect(read).toEqual(this.model.from(offset))
  }

  findByTimestamp(timestamp: number): void {
    expect(this.reader.findByTimestamp(timestamp)).toEqual(this.model.findByTimestamp(timestamp))
  }

  /** The worker dies and another opens its memory; or just the reader is new. */
  reopen(isWriter: boolean): void {
    if (isWriter) this.writer = new RingLogWriter(this.memory)
    else this.reader = new RingLogReader(this.memory)
    expect(this.reader.endOffset).toBe(this.model.endOffset)
    expect(this.writer.endOffset).toBe(this.model.endOffset)
    expect(this.writer.logStartOffset).toBe(this.model.logStartOffset)
  }
}

function recordsIn(bytes: Uint8Array): ModelRecord[] {
  const header = new RecordBatchHeader()
  const cursor = new RecordBatchCursor()
  const records: ModelRecord[] = []
  for (let at = 0; at < bytes.length;) {
    cursor.open(bytes, at)
    while (cursor.next()) {
      const { offset, timestamp, valueStart, valueLength } = cursor
      const value = Buffer.from(bytes.subarray(valueStart, valueStart + valueLength)).toString()
      records.push({ offset, timestamp, value })
    }
    at += alignUp(header.wrap(bytes, at).sizeBytes, BATCH_ALIGNMENT_BYTES)
  }
  return records
}

/** Offsets are given as a share of what there is, so that most of them matter; some lie outside. */
const share = fc.double({ min: -0.2, max: 1.2, noNaN: true })
const timestamps = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 4 })
const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      recordCount: fc.integer({ min: 1, max: 20 }),
      valueLength: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 14_000 })),
      timestamps,
      /** The gate: anything below may be evicted. */
      floor: fc.oneof({ weight: 3, arbitrary: fc.constant(Infinity) }, share),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      at: share,
      targetBytes: fc.constantFrom(...TARGET_BYTES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('find' as const),
      timestamp: fc.integer({ min: -1, max: 1001 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('expire' as const),
      timestamp: fc.integer({ min: 0, max: 1001 }),
      floor: fc.oneof({ weight: 3, arbitrary: fc.constant(Infinity) }, share),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), before: share }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('reopen' as const), isWriter: fc.boolean() }),
  },
)

const operations = fc.array(operation, { minLength: 1, maxLength: 120 })

describe('the ring log', () => {
  test('is, for every sequence of operations, what an array of batches is', () => {
    fc.assert(
      fc.property(operations, fc.constantFrom(...AGES), (given, age) => {
        const rig = new Rig(age)
        const offsetAt = (at: number): number => {
          const { logStartOffset, endOffset } = rig.model
          return Math.max(0, Math.round(logStartOffset + at * (endOffset - logStartOffset)))
        }
        let serial = 0
        for (const op of given) {
          if (op.kind === 'append') {
            const length = Math.floor(op.valueLength / op.recordCount)
            const values = Array.from({ length: op.recordCount }, () =>
              `${serial++}:`.padEnd(length, '.'),
            )
            const floor = op.floor === Infinity ? Infinity : offsetAt(op.floor)
            rig.append(values, op.timestamps, floor)
          } else if (op.kind === 'read') rig.read(offsetAt(op.at), op.targetBytes)
          else if (op.kind === 'find') rig.findByTimestamp(op.timestamp)
          else if (op.kind === 'delete') rig.deleteBefore(offsetAt(op.before))
          else if (op.kind === 'expire') {
            const floor = op.floor === Infinity ? Infinity : offsetAt(op.floor)
            rig.evictOlderThan(op.timestamp, floor)
          } else rig.reopen(op.isWriter)
        }
        rig.read(rig.model.logStartOffset, 8192)
      }),
      { numRuns: 400 },
    )
  })

  test.each(AGES)(
    'from %o on goes round many times, and stays readable from every offset',
    (age) => {
      const rig = new Rig(age)
      let serial = 0
      for (let lap = 0; lap < 3000; lap++) {
        const recordCount = 1 + (lap % 7)
        const length = (lap * 37) % 2300
        const values = Array.from({ length: recordCount }, () => `${serial++}:`.padEnd(length, 'x'))
        rig.append(values, [lap], Infinity)
        if (lap % 50 === 0) rig.read(rig.model.logStartOffset + (lap % 5), 8192)
      }
      expect(rig.writer.endPosition).toBeGreaterThan(age.position + 50 * RING_BYTES)
      for (let { logStartOffset: offset } = rig.model; offset <= rig.model.endOffset; offset++) {
        rig.read(offset, 8192)
      }
      for (let timestamp = 2900; timestamp < 3002; timestamp++) rig.findByTimestamp(timestamp)
    },
  )
})
