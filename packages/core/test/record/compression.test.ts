import {
  RecordBatchHeader,
  RecordBatchValidator,
  RingLogReader,
  RingLogWriter,
  compressBatch,
  createRingLogMemory,
  decompressBatch,
  type CompressionType,
} from '@ringlog/core'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { batchOf } from '../batches.ts'
import { readRecords } from './hex-records.ts'

const TYPES: readonly CompressionType[] = ['gzip', 'snappy', 'lz4', 'zstd']
const HEADER_BYTES = 61

/** A batch as Kafka's Java client compressed it; see `test/golden/README.md`. */
interface GoldenBatch {
  name: string
  compression: CompressionType
  recordsCount: number
  recordsBytes: number
  recordsSha256: string
  bytes: string
}

const GOLDEN = JSON.parse(
  readFileSync(new URL('../golden/compressed-batches.json', import.meta.url), 'utf8'),
) as GoldenBatch[]

const TEXT = Array.from({ length: 400 }, (_, i) => ({ key: `k${i % 7}`, value: `value ${i}` }))
const PLAIN = batchOf(TEXT, { baseOffset: 9 })

/** A batch whose records are these bytes, whatever they are. */
function batchAround(records: Uint8Array, type: number, recordsCount = 1): Uint8Array {
  const batch = Buffer.concat([
    batchOf([{ value: 'v' }], { attributes: type }).subarray(0, HEADER_BYTES),
    records,
  ])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(recordsCount - 1, 23)
  batch.writeInt32BE(recordsCount, 57)
  return new Uint8Array(batch)
}

describe("batches that Kafka's Java client compressed", () => {
  test.each(GOLDEN)('are decompressed to the same records: $name', (golden) => {
    const batch = new Uint8Array(Buffer.from(golden.bytes, 'hex'))
    const plain = decompressBatch(batch)
    const records = plain.subarray(HEADER_BYTES)
    expect(records.length).toBe(golden.recordsBytes)
    expect(createHash('sha256').update(records).digest('hex')).toBe(golden.recordsSha256)
    expect(readRecords(plain)).toHaveLength(golden.recordsCount)
    expect(new RecordBatchValidator().findFault(batch)).toBeNull()
  })

  test('are of every type', () => {
    expect(new Set(GOLDEN.map(({ compression }) => compression))).toEqual(new Set(TYPES))
  })
})

describe.each(TYPES)('compression %s', (type) => {
  test('changes length and attributes of the header, and nothing else', () => {
    const producer = { producerId: 5, producerEpoch: 1, baseSequence: 3 }
    const plain = batchOf(TEXT, { baseOffset: 9, attributes: 0b1_0000, producer })
    const compressed = compressBatch(plain, type)
    const header = new RecordBatchHeader().wrap(compressed)
    expect(header).toMatchObject({
      baseOffset: 9,
      sizeBytes: compressed.length,
      compressionType: TYPES.indexOf(type) + 1,
      isTransactional: true,
      recordsCount: 400,
      ...producer,
    })
    expect(compressed.length).toBeLessThan(plain.length / 2)
    expect(compressed.byteOffset % 8).toBe(0)
    expect(Buffer.compare(decompressBatch(compressed), plain)).toBe(0)
  })

  test('is done also where it makes the batch larger', () => {
    const plain = batchOf([{ value: 'x' }])
    const compressed = compressBatch(plain, type)
    expect(compressed.length).toBeGreaterThan(plain.length)
    expect(Buffer.compare(decompressBatch(compressed), plain)).toBe(0)
  })

  test('is undone within a limit, to the byte', () => {
    const compressed = compressBatch(PLAIN, type)
    expect(decompressBatch(compressed, { maxBytes: PLAIN.length })).toHaveLength(PLAIN.length)
    expect(() => decompressBatch(compressed, { maxBytes: PLAIN.length - 1 })).toThrow(
      expect.objectContaining({
        code: 'MESSAGE_TOO_LARGE',
        details: {
          compression: type,
          sizeBytes: compressed.length,
          maxBytes: PLAIN.length - 1,
        },
      }),
    )
  })

  test('a batch that would grow beyond the limit of a log is refused, small as it is', () => {
    const bomb = compressBatch(batchOf20Mebibytes(), type)
    expect(bomb.length).toBeLessThan(2 * 1024 * 1024)
    const refused = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' })
    expect(() => new RecordBatchValidator().findFault(bomb)).toThrow(refused)
    const larger = new RecordBatchValidator({ maxMessageBytes: 32 * 1024 * 1024 })
    expect(larger.findFault(bomb)).toBeNull()
  })

  test('the records inside are looked at like any others', () => {
    const validator = new RecordBatchValidator()
    const compressed = compressBatch(PLAIN, type)
    expect(validator.findFault(compressed)).toBeNull()
    const tooMany = Buffer.from(compressed)
    tooMany.writeInt32BE(400, 23)
    tooMany.writeInt32BE(401, 57)
    expect(validator.findFault(tooMany)).toContain('has a record whose lengths do not fit')
    const tooFew = Buffer.from(compressed)
    tooFew.writeInt32BE(398, 23)
    tooFew.writeInt32BE(399, 57)
    expect(validator.findFault(tooFew)).toContain('has bytes after its last record')
    expect(validator.findFault(compressed)).toBeNull()
  })

  test('the largest timestamp is that of the records inside', () => {
    const validator = new RecordBatchValidator()
    const plain = batchOf([{ timestamp: 5 }, { timestamp: 70 }, { timestamp: 6 }])
    const compressed = Buffer.from(compressBatch(plain, type))
    compressed.writeBigInt64BE(99n, 35)
    expect(validator.findFault(compressed)).toBeNull()
    expect(validator.maxTimestamp).toBe(70)
  })

  test('a log finds records by time within compressed batches', () => {
    const memory = createRingLogMemory(64 * 1024)
    const writer = new RingLogWriter(memory)
    for (const base of [100, 200, 300]) {
      const records = [0, 10, 20].map((delta) => ({ value: 'v', timestamp: base + delta }))
      writer.append(compressBatch(batchOf(records), type))
    }
    const reader = new RingLogReader(memory)
    expect(reader.findByTimestamp(0)).toEqual({ offset: 0, timestamp: 100 })
    expect(reader.findByTimestamp(211)).toEqual({ offset: 5, timestamp: 220 })
    expect(reader.findByTimestamp(221)).toEqual({ offset: 6, timestamp: 300 })
    expect(reader.findByTimestamp(321)).toBeNull()
  })
})

describe('compressed bytes are refused as CORRUPT_MESSAGE', () => {
  const cases: Array<[string, number, Uint8Array]> = [
    ['nothing, as gzip', 1, new Uint8Array(0)],
    ['nothing, as snappy', 2, new Uint8Array(0)],
    ['nothing, as lz4', 3, new Uint8Array(0)],
    ['nothing, as zstd', 4, new Uint8Array(0)],
    ['zstd, as gzip', 1, zstdCompressSync(Buffer.from('abc'))],
    ['gzip, as lz4', 3, gzipSync(Buffer.from('abc'))],
    ['gzip, as zstd', 4, gzipSync(Buffer.from('abc'))],
    ['a snappy length that never ends', 2, Buffer.alloc(9, 0xff)],
    ['a snappy literal of negative length', 2, Buffer.from('0afcf0ffffff', 'hex')],
    ['a snappy copy from before the start', 2, Buffer.from('0a010a', 'hex')],
    ['a snappy frame of no version', 2, Buffer.from('82534e415050590000', 'hex')],
    ['a snappy block that is cut off', 2, xerial('00000010aabb')],
    ['a snappy block of negative size', 2, xerial('ffffffff')],
    ['a snappy size that is cut off', 2, xerial('0000')],
    ['an lz4 frame without an end', 3, Buffer.from('04224d18604082', 'hex')],
    ['an lz4 block that is cut off', 3, Buffer.from('04224d1860408210000000aabb', 'hex')],
    ['an lz4 header with a wrong checksum', 3, Buffer.from('04224d1860408300000000', 'hex')],
  ]

  test.each(cases)('%s', (_, type, bytes) => {
    const batch = batchAround(bytes, type)
    expect(() => decompressBatch(batch)).toThrow(
      expect.objectContaining({ code: 'CORRUPT_MESSAGE' }),
    )
    expect(new RecordBatchValidator().findFault(batch)).toMatch(/^has records that cannot be/)
  })

  test('snappy blocks of next to nothing, more than may come out of them', () => {
    const batch = batchAround(xerial('0000000100'.repeat(100)), 2)
    expect(() => decompressBatch(batch, { maxBytes: 61 + 64 * 1024 })).toThrow(
      expect.objectContaining({ code: 'CORRUPT_MESSAGE' }),
    )
    const many = batchAround(xerial('0000000100'.repeat(17_000)), 2)
    expect(new RecordBatchValidator().findFault(many)).toMatch(/^has records that cannot be/)
  })

  const rests: Array<[string, Uint8Array]> = [
    ['a zero', Buffer.alloc(1)],
    ['ten zeros', Buffer.alloc(10)],
    ['a one', Buffer.from([1])],
    ['a kilobyte of noise', Buffer.alloc(1024, 'Nicht')],
    ['half a gzip header', gzipSync('x').subarray(0, 5)],
    ['half a zstd frame', zstdCompressSync('x').subarray(0, 6)],
    ["lz4's magic", Buffer.from('04224d18', 'hex')],
  ]
  for (const type of TYPES) {
    test.each(rests)(`${type} with %s after it`, (_, rest) => {
      const compressed = compressBatch(batchOf(TEXT.slice(0, 40)), type)
      const bytes = Buffer.concat([compressed.subarray(HEADER_BYTES), rest])
      const batch = batchAround(bytes, TYPES.indexOf(type) + 1, 40)
      expect(() => decompressBatch(batch)).toThrow(
        expect.objectContaining({ code: 'CORRUPT_MESSAGE' }),
      )
      expect(new RecordBatchValidator().findFault(batch)).toMatch(/^has records that cannot be/)
    })
  }

  test.each(TYPES)('%s twice, whose records are more than their count', (type) => {
    const compressed = compressBatch(batchOf(TEXT.slice(0, 40)), type).subarray(HEADER_BYTES)
    // A frame of snappy is not for joining: what follows the first is taken for its blocks.
    const twice = batchAround(Buffer.concat([compressed, compressed]), TYPES.indexOf(type) + 1, 40)
    expect(new RecordBatchValidator().findFault(twice)).not.toBeNull()
  })

  test('but a length of 4 GiB is too large before its bytes are looked at', () => {
    const batch = batchAround(Buffer.from('ffffffff0f00', 'hex'), 2)
    expect(() => decompressBatch(batch)).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }),
    )
  })

  test.each(TYPES)('bytes of %s that were changed or cut off anywhere never do harm', (type) => {
    const compressed = compressBatch(batchOf(TEXT.slice(0, 40)), type)
    const validator = new RecordBatchValidator()
    for (let i = 0; i < 400; i++) {
      const at = HEADER_BYTES + ((i * 7919) % (compressed.length - HEADER_BYTES))
      const isCut = i % 3 === 0
      const bytes = compressed.slice(HEADER_BYTES, isCut ? at : undefined)
      if (!isCut) bytes[at - HEADER_BYTES]! ^= 1 << (i % 8)
      const batch = batchAround(bytes, TYPES.indexOf(type) + 1, 40)
      let isGood = false
      try {
        isGood = validator.findFault(batch) === null
      } catch (error) {
        expect(error).toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
      }
      // Some bits mean nothing, or letters of a value: then all records are still there.
      if (isGood) expect(readRecords(decompressBatch(batch))).toHaveLength(40)
    }
    expect(validator.findFault(compressed)).toBeNull()
  })
})

describe('a raw block of snappy, without a frame', () => {
  test('is read: other clients than the Java one write it', () => {
    const framed = compressBatch(batchOf([{ value: 'raw block' }]), 'snappy')
    // Frame: 8 bytes magic, 2 versions of 4 bytes, 4 bytes of size; one block.
    const raw = batchAround(framed.subarray(HEADER_BYTES + 20), 2)
    expect(readRecords(decompressBatch(raw))).toMatchObject([
      { value: Buffer.from('raw block').toString('hex') },
    ])
  })
})

test('a batch that is not compressed is its own decompression', () => {
  expect(decompressBatch(PLAIN)).toBe(PLAIN)
  expect(Buffer.compare(compressBatch(PLAIN, 'none'), PLAIN)).toBe(0)
})

test('a compressed batch is not compressed again', () => {
  expect(() => compressBatch(compressBatch(PLAIN, 'gzip'), 'zstd')).toThrow(
    expect.objectContaining({ code: 'INVALID_REQUEST' }),
  )
})

test.each([5, 6, 7])('there is no type %i', (type) => {
  expect(() => decompressBatch(batchAround(Buffer.from('x'), type))).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_COMPRESSION_TYPE',
      details: { compressionType: type },
    }),
  )
})

test.each([0, 11, 60])('%i bytes are no batch', (sizeBytes) => {
  expect(() => decompressBatch(PLAIN.subarray(0, sizeBytes))).toThrow(
    expect.objectContaining({ code: 'CORRUPT_MESSAGE' }),
  )
  expect(() => compressBatch(PLAIN.subarray(0, PLAIN.length - 1), 'gzip')).toThrow(
    expect.objectContaining({ code: 'CORRUPT_MESSAGE' }),
  )
})

function xerial(blocks: string): Buffer {
  return Buffer.from(`82534e41505059000000000100000001${blocks}`, 'hex')
}

/** Twenty records of a mebibyte that says nothing. */
function batchOf20Mebibytes(): Uint8Array {
  const value = new Uint8Array(1024 * 1024)
  return batchOf(
    Array.from({ length: 20 }, () => ({ value })),
    {},
    21 * 1024 * 1024,
  )
}

test.each<[string, () => unknown, string]>([
  ['null', () => decompressBatch(null as never), 'a record batch must be a Uint8Array, got null'],
  [
    'an ArrayBuffer',
    () => compressBatch(new ArrayBuffer(100) as never, 'gzip'),
    'a record batch must be a Uint8Array, got an object (ArrayBuffer)',
  ],
  [
    'another type',
    () => compressBatch(PLAIN, 'brotli' as never),
    'the compression type must be one of "none", "gzip", "snappy", "lz4", "zstd", got "brotli"',
  ],
  ...[Number.NaN, 0, -1, 1.5].map((maxBytes): [string, () => unknown, string] => [
    `maxBytes ${maxBytes}`,
    () => decompressBatch(PLAIN, { maxBytes }),
    `maxBytes must be an integer of at least 1, got ${maxBytes}`,
  ]),
])('%s is refused', (_, call, message) => {
  let thrown: unknown
  try {
    call()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code: 'INVALID_REQUEST', message })
})

test('a validator with a limit that is none is refused', () => {
  const maxMessageBytes = Number.NaN
  expect(() => new RecordBatchValidator({ maxMessageBytes })).toThrow(
    'RecordBatchValidatorOptions is not valid: maxMessageBytes must be an integer of at least 0, got NaN',
  )
})
