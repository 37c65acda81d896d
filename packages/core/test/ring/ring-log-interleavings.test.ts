import {
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  RingLogReader,
  RingLogWriter,
  createRingLogMemory,
} from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { MIN_RING_BYTES } from '../../src/ring/ring-log-layout.ts'
import { batchOf } from '../batches.ts'
import { run } from './atomic-accesses.ts'

/** A batch of ten records; every timestamp is ten times the record's offset. */
const RECORDS = 10
function append(writer: RingLogWriter, valueBytes: number): void {
  const { endOffset } = writer
  const value = 'x'.repeat(valueBytes)
  const batch = batchOf(
    Array.from({ length: RECORDS }, (_, i) => ({ value, timestamp: (endOffset + i) * 10 })),
  )
  writer.makeRoom(batch.length, Infinity)
  writer.append(batch)
}

function logOf(
  batches: number,
  valueBytes: number,
): { memory: SharedArrayBuffer; writer: RingLogWriter } {
  const memory = createRingLogMemory(MIN_RING_BYTES)
  const writer = new RingLogWriter(memory)
  for (let i = 0; i < batches; i++) append(writer, valueBytes)
  return { memory, writer }
}

function copyOf(memory: SharedArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(memory.byteLength)
  new Uint8Array(copy).set(new Uint8Array(memory))
  return copy
}

/** Reads from `offset` by a search: its batch, or it is out of range, as the log says afterwards. */
function checkRead(reader: RingLogReader, offset: number): void {
  const result = new ReadResult()
  const target = Buffer.from(new ArrayBuffer(MIN_RING_BYTES))
  const endBefore = reader.endOffset
  reader.read(offset, target, result)
  if (result.status === READ_OUT_OF_RANGE) {
    expect(offset < reader.logStartOffset || offset > endBefore).toBe(true)
    return
  }
  expect(result.status).toBe(READ_OK)
  expect(Number(target.readBigInt64BE(0))).toBe(offset - (offset % RECORDS))
}

function checkTimestamp(reader: RingLogReader, timestampMs: number): void {
  const startBefore = reader.logStartOffset
  const found = reader.findByTimestamp(timestampMs)
  const wanted = Math.ceil(timestampMs / 10)
  expect(found!.offset).toBeGreaterThanOrEqual(wanted)
  expect(found!.offset).toBeLessThanOrEqual(
    Math.max(wanted, reader.logStartOffset, startBefore + RECORDS),
  )
}

/** Sizes of values: batches of some 2 kB, an index entry for every third or so; and of 12 kB. */
describe.each([200, 1_200])(
  'a search, in a log of batches of ten values of %i bytes',
  (valueBytes) => {
    test('finds its batch, wherever a writer comes in between (INV-3, INV-5, INV-6)', () => {
      const original = logOf(180, valueBytes)
      for (const batchesBetween of [1, 7, 60]) {
        for (let stop = 0, isOver = false; !isOver; stop++) {
          const memory = copyOf(original.memory)
          const writer = new RingLogWriter(memory)
          isOver = true
          run(
            () => checkRead(new RingLogReader(memory), original.writer.logStartOffset + 13),
            (count) => {
              if (count !== stop) return
              isOver = false
              for (let i = 0; i < batchesBetween; i++) append(writer, valueBytes)
            },
          )
        }
      }
    })

    test('finds its batch in the middle of an append (INV-4, INV-5, INV-6)', () => {
      const { memory, writer } = logOf(60, valueBytes)
      const reader = new RingLogReader(memory)
      for (let appends = 0; appends < 60; appends++) {
        run(
          () => append(writer, valueBytes),
          () => {
            const { logStartOffset, endOffset } = reader
            for (let offset = logStartOffset; offset < endOffset; offset += 7) {
              checkRead(new RingLogReader(memory), offset)
              checkTimestamp(new RingLogReader(memory), offset * 10 - 5)
            }
          },
        )
      }
    })
  },
)
