import {
  READ_NEEDS_LARGER_TARGET,
  READ_NEEDS_LOAD,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
} from '@ringlog/core/internal'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TieredLogReader } from '../../src/reader/tiered-log-reader.ts'
import { DiskRig, batchOf, readFrom, recordsIn, type ReadRecord } from './disk-rig.ts'

/** A partition on disk, what it should be, and who reads it from end to end meanwhile. */
class ModelledRig extends DiskRig {
  /** All records that were ever appended. */
  readonly records: ReadRecord[] = []
  reader = new TieredLogReader(this.memory, this.directory)
  /** Where the follower through the log stands, and what it waits for. */
  #position = 0
  #load: Promise<void> | null = null
  readonly #result = new ReadResult()

  get visible(): ReadRecord[] {
    return this.records.slice(this.storage.logStartOffset, this.storage.highWatermark)
  }

  offsetAt(share: number): number {
    const { logStartOffset, highWatermark } = this.storage
    return Math.max(0, Math.round(logStartOffset + share * (highWatermark - logStartOffset)))
  }

  appendRecords(records: ReadonlyArray<{ value: string; timestamp: number }>): void {
    this.append(batchOf(records))
    for (const record of records) this.records.push({ offset: this.records.length, ...record })
  }

  deleteBefore(offset: number): void {
    const before = Math.min(offset, this.storage.highWatermark)
    this.log.deleteBefore(before)
    this.writer.deleteBefore(before)
  }

  /** One read of who goes through the log, of so many bytes; a load goes on while other things happen. */
  step(targetBytes: number): void {
    const target = new Uint8Array(targetBytes)
    this.reader.read(this.#position, target, this.#result)
    const { status, nextOffset, copiedBytes } = this.#result
    if (status === READ_NEEDS_LOAD) this.#load = this.reader.load(this.#position)
    else if (status === READ_NEEDS_LARGER_TARGET) this.step(this.#result.requiredBytes)
    else if (status === READ_OUT_OF_RANGE) {
      expect(this.#position).toBeLessThan(this.storage.logStartOffset)
      this.#position = this.storage.logStartOffset
    } else if (status === READ_OK) {
      const read = recordsIn(target.subarray(0, copiedBytes))
      const from = this.#position
      expect(read.filter(({ offset }) => offset >= from)).toEqual(
        this.records.slice(from, nextOffset),
      )
      this.#position = nextOffset
    } else expect(this.#position).toBe(this.storage.highWatermark)
  }

  async loaded(): Promise<void> {
    await this.#load
  }

  async read(offset: number, isBlocking: boolean, targetBytes: number): Promise<void> {
    const { logStartOffset, highWatermark } = this.storage
    const way = isBlocking ? 'loadSync' : 'load'
    const { records, status } = await readFrom(this.reader, offset, way, targetBytes)
    const isOutside = offset < logStartOffset || offset > highWatermark
    expect(status).toBe(isOutside ? READ_OUT_OF_RANGE : READ_NOTHING_NEW)
    expect(records).toEqual(isOutside ? [] : this.records.slice(offset, highWatermark))
    expect([this.reader.logStartOffset, this.reader.endOffset]).toEqual([
      logStartOffset,
      highWatermark,
    ])
  }

  async find(timestamp: number): Promise<void> {
    const found = this.visible.find((record) => record.timestamp >= timestamp)
    const expected = found && { offset: found.offset, timestamp: found.timestamp }
    expect(await this.reader.findByTimestamp(timestamp)).toEqual(expected ?? null)
  }
}

/** A part of what is there; some lie outside. */
const share = fc.double({ min: -0.1, max: 1.1, noNaN: true })
const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      batchCount: fc.integer({ min: 1, max: 30 }),
      valueBytes: fc.array(fc.oneof(fc.integer({ max: 80, min: 6 }), fc.constant(3_000)), {
        minLength: 1,
        maxLength: 5,
      }),
      timestamp: fc.integer({ min: 0, max: 1000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      maxBatches: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 20 })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('evict' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('roll' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), before: share }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('step' as const),
      targetBytes: fc.constantFrom(64, 1024, 16 * 1024),
      isAwaited: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      at: share,
      isBlocking: fc.boolean(),
      targetBytes: fc.constantFrom(64, 1024, 128 * 1024),
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
    arbitrary: fc.record({ kind: fc.constant('close' as const), isReplaced: fc.boolean() }),
  },
)

test('a log on disk is, for every sequence of operations, what an array of records is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 60 }), async (operations) => {
      const rig = new ModelledRig(4_000)
      for (const op of operations) {
        if (op.kind === 'append') {
          for (let i = 0; i < op.batchCount; i++) {
            const { timestamp } = op
            const start = rig.records.length
            rig.appendRecords(
              op.valueBytes.map((bytes, n) => ({
                value: `${start + n}:`.padEnd(bytes, '.'),
                timestamp: timestamp + ((n * 7) % 5),
              })),
            )
          }
        } else if (op.kind === 'write') rig.write(op.maxBatches)
        else if (op.kind === 'evict') rig.evict()
        else if (op.kind === 'roll') rig.log.roll()
        else if (op.kind === 'delete') rig.deleteBefore(rig.offsetAt(op.before))
        else if (op.kind === 'step') {
          rig.step(op.targetBytes)
          if (op.isAwaited) await rig.loaded()
        } else if (op.kind === 'read') {
          await rig.read(rig.offsetAt(op.at), op.isBlocking, op.targetBytes)
        } else if (op.kind === 'find') await rig.find(op.timestamp)
        else {
          rig.reader.close()
          if (op.isReplaced) rig.reader = new TieredLogReader(rig.memory, rig.directory)
        }
      }
      await rig.loaded()
      await rig.read(rig.storage.logStartOffset, false, 8192)
      rig.reader.close()
      rig.log.close()
    }),
    { numRuns: 60 },
  )
})
