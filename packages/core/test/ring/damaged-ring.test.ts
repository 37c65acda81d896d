import {
  READ_OK,
  ReadResult,
  RingLogReader,
  RingLogWriter,
  createRingLogMemory,
} from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import * as layout from '../../src/ring/ring-log-layout.ts'
import { batchOf } from '../batches.ts'

const RING_BYTES = 64 * 1024
const { dataByte } = layout.sectionsOf(RING_BYTES)
const BATCH_LENGTH_BYTE = 8
const LAST_OFFSET_DELTA_BYTE = 23
const SECOND_BATCH_BYTE = layout.alignUp(batch(0).length, 8)

type Damage = (memory: DataView) => void

const word =
  (byte: number, value: bigint): Damage =>
  (memory) =>
    memory.setBigInt64(byte, value, true)
/** Big-endian, as in a batch. */
const batchField =
  (byte: number, value: number): Damage =>
  (memory) =>
    memory.setInt32(dataByte + byte, value)

function batch(timestamp: number): Uint8Array {
  return batchOf([
    { value: 'a', timestamp },
    { value: 'b'.repeat(100), timestamp },
  ])
}

/** The memory of three batches, of two records each, then damaged. */
function damagedRing(damage: Damage): SharedArrayBuffer {
  const memory = createRingLogMemory(RING_BYTES)
  const writer = new RingLogWriter(memory)
  for (let i = 0; i < 3; i++) writer.append(batch(i))
  damage(new DataView(memory))
  return memory
}

const cannotBe = { code: 'CORRUPT_MESSAGE', message: expect.stringContaining('memory of the log') }

function readAll(reader: RingLogReader, target = new Uint8Array(RING_BYTES)): void {
  const result = new ReadResult()
  let offset = 0
  do {
    reader.read(offset, target, result)
    offset = result.nextOffset
  } while (result.status === READ_OK)
}

describe('a ring whose memory says what no writer writes', () => {
  test('is said to be damaged at the position of the batch that is', () => {
    const memory = damagedRing(batchField(SECOND_BATCH_BYTE + BATCH_LENGTH_BYTE, -12))
    expect(() => readAll(new RingLogReader(memory))).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ position: SECOND_BATCH_BYTE, sizeBytes: 0 }),
      }),
    )
  })

  test.each<[string, Damage]>([
    ['a batch without a length', batchField(BATCH_LENGTH_BYTE, -12)],
    ['a batch of a negative length', batchField(BATCH_LENGTH_BYTE, -1000)],
    ['a batch shorter than its header', batchField(BATCH_LENGTH_BYTE, 40)],
    ['a batch over a quarter of the ring', batchField(BATCH_LENGTH_BYTE, RING_BYTES / 4)],
    ['a huge batch', batchField(BATCH_LENGTH_BYTE, 0x7fff_ffff)],
    ['a pad marker at its start', (memory) => memory.setBigInt64(dataByte, -1n)],
    ['a start after its end', word(layout.LOG_START_POSITION_BYTE, 4096n)],
    ['a negative start', word(layout.LOG_START_POSITION_BYTE, -1n)],
    ['an end that is no position', word(layout.END_POSITION_BYTE, 2n ** 62n)],
    ['more than the ring holds', word(layout.END_POSITION_BYTE, BigInt(2 * RING_BYTES))],
    ['a negative end', word(layout.END_POSITION_BYTE, -8n)],
    ['an end within a batch', word(layout.END_POSITION_BYTE, 72n)],
    ['a negative count of index entries', word(layout.INDEX_COUNT_BYTE, -1n)],
    ['a huge count of index entries', word(layout.INDEX_COUNT_BYTE, 2n ** 60n)],
  ])('with %s ends a read, and a look at its end', (_, damage) => {
    const memory = damagedRing(damage)
    expect(() => readAll(new RingLogReader(memory))).toThrow(expect.objectContaining(cannotBe))
    const looks = [
      (reader: RingLogReader) => reader.endOffset,
      (reader: RingLogReader) => reader.findByTimestamp(2),
    ]
    for (const look of looks) {
      try {
        look(new RingLogReader(memory))
      } catch (error) {
        expect(error).toMatchObject({ code: 'CORRUPT_MESSAGE' })
      }
    }
  })

  test.each<[string, Damage, Record<string, number>]>([
    [
      'has a start or an end that cannot be',
      word(layout.END_POSITION_BYTE, BigInt(RING_BYTES + 8)),
      { startPosition: 0, endPosition: RING_BYTES + 8 },
    ],
    [
      'has a start or an end that cannot be',
      word(layout.LOG_START_POSITION_BYTE, -8n),
      { startPosition: -8, endPosition: 3 * SECOND_BATCH_BYTE },
    ],
    ['ends within a batch', word(layout.END_POSITION_BYTE, 72n), { position: 0, endPosition: 72 }],
    [
      'has a batch of a size that cannot be',
      batchField(BATCH_LENGTH_BYTE, 40),
      { position: 0, sizeBytes: 52, maxBatchBytes: RING_BYTES / 4 },
    ],
    [
      'has a batch with offsets of one before it',
      batchField(SECOND_BATCH_BYTE + LAST_OFFSET_DELTA_BYTE, -1),
      { position: SECOND_BATCH_BYTE, nextOffset: 2, afterOffset: 2 },
    ],
    [
      'has a pad marker where none can be',
      (memory) => memory.setBigInt64(dataByte, -1n),
      { position: 0 },
    ],
  ])('that %s: the error says where', (fault, damage, details) => {
    const facts = Object.entries(details).map(([name, value]) => `${name}=${value}`)
    expect(() => readAll(new RingLogReader(damagedRing(damage)))).toThrow(
      expect.objectContaining({
        message: `the memory of the log ${fault}: ${facts.join(', ')}`,
        details,
      }),
    )
  })

  test.each([-1, -1000, -0x8000_0000])('with a last offset delta of %i ends a read', (delta) => {
    // Of the second batch: before the first there is none whose offsets could come again.
    const at = SECOND_BATCH_BYTE + LAST_OFFSET_DELTA_BYTE
    const reader = new RingLogReader(damagedRing(batchField(at, delta)))
    expect(() => readAll(reader)).toThrow(expect.objectContaining(cannotBe))
  })

  test('never has a reader wait for a target that is larger than a batch may be', () => {
    const reader = new RingLogReader(damagedRing(batchField(BATCH_LENGTH_BYTE, 1 << 30)))
    expect(() => readAll(reader, new Uint8Array(64))).toThrow(expect.objectContaining(cannotBe))
  })

  test.each([2n ** 53n - 1n, 2n ** 53n - 9n])('ends a search among %i index entries', (count) => {
    const reader = new RingLogReader(damagedRing(word(layout.INDEX_COUNT_BYTE, count)))
    expect(reader.findByTimestamp(2)).toEqual({ offset: 4, timestamp: 2 })
  })

  test('is read no further than what was published once its end goes back', () => {
    const memory = damagedRing(() => undefined)
    const reader = new RingLogReader(memory)
    readAll(reader)
    word(layout.END_POSITION_BYTE, 8n)(new DataView(memory))
    const result = new ReadResult()
    const goOn = (): void => reader.read(6, new Uint8Array(64), result)
    const position = 3 * SECOND_BATCH_BYTE
    expect(goOn).toThrow(
      expect.objectContaining({
        code: 'CORRUPT_MESSAGE',
        message: `the memory of the log ends before: position=${position}, endPosition=8`,
      }),
    )
    expect(() => readAll(reader)).toThrow(expect.objectContaining(cannotBe))
  })

  test('ends somewhere, also where it says that it starts at an offset before 0', () => {
    const memory = createRingLogMemory(RING_BYTES)
    word(layout.LOG_START_OFFSET_BYTE, -1n)(new DataView(memory))
    expect(new RingLogReader(memory).endOffset).toBe(-1)
    const withBatches = damagedRing(batchField(2 * SECOND_BATCH_BYTE + LAST_OFFSET_DELTA_BYTE, -6))
    expect(new RingLogReader(withBatches).endOffset).toBe(0)
  })

  test('has nothing before offset 0, whatever it says of its start', () => {
    const reader = new RingLogReader(damagedRing(word(layout.LOG_START_OFFSET_BYTE, -5n)))
    const result = new ReadResult()
    reader.read(-1, new Uint8Array(1024), result)
    expect(result.status).not.toBe(READ_OK)
  })
})
