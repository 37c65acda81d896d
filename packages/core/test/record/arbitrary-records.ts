import type { BatchSeal } from '@ringlog/core'
import fc from 'fast-check'
import type { Data, HeaderList } from '../../src/record/data.ts'
import type { PlainRecord } from '../batches.ts'

/** The latest time that a JavaScript Date can hold. */
export const LAST_TIMESTAMP = 8.64e15

/** Any text but lone surrogates, which UTF-8 cannot carry. */
const text = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

const shortData: fc.Arbitrary<Data> = fc.oneof(text, fc.uint8Array({ maxLength: 40 }))

/** Up to some KiB, so that lengths take one, two and three bytes. */
const longData: fc.Arbitrary<Data> = fc
  .record({
    pattern: fc.constantFrom('a', 'é', '語', '😀', 'mixed ü ☺ '),
    bytes: fc.integer({ min: 0, max: 12_000 }),
    isText: fc.boolean(),
  })
  .map(({ pattern, bytes, isText }) => {
    const long = pattern.repeat(bytes / Buffer.byteLength(pattern))
    return isText ? long : Buffer.from(long)
  })

const data = fc.oneof({ weight: 12, arbitrary: shortData }, { weight: 1, arbitrary: longData })

const headerName = fc.oneof(fc.constantFrom('', 'trace', 'été'), text)

/** Near each other, as they usually are; or anywhere, ascending or going back. */
const timestamp = fc.oneof(
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_200 }),
  fc.constantFrom(0, 1, LAST_TIMESTAMP),
  fc.integer({ min: 0, max: LAST_TIMESTAMP }),
)

export const plainRecord: fc.Arbitrary<Required<PlainRecord>> = fc.record({
  key: fc.option(data, { nil: null }),
  value: fc.option(data, { nil: null }),
  timestamp,
  headers: fc.oneof(
    fc.constant([]),
    fc.array(fc.tuple(headerName, fc.option(shortData, { nil: null })), { maxLength: 5 }),
  ),
})

const MAX_RECORDS = 12

export const plainRecords = fc.array(plainRecord, { minLength: 1, maxLength: MAX_RECORDS })

/** Around the largest numbers that take one byte and two, and those that make a record's length one of them. */
const edgeLength = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 70 }) },
  fc.constantFrom(100, 400, 8170, 8183, 8184, 8190, 8191, 8192, 8193),
)

const edgeData: fc.Arbitrary<Data> = fc.oneof(
  { weight: 3, arbitrary: edgeLength.map((length) => new Uint8Array(length).fill(length)) },
  edgeLength.map((length) => 'a'.repeat(length)),
  fc.constantFrom('ü'.repeat(31), 'ü'.repeat(32), `${'a'.repeat(62)}é`),
)

/** How many records of one kind follow each other, each so long after the one before. */
const alikeRun = fc.record({
  key: fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    fc.constantFrom('', 'k', 'k'.repeat(63), 'k'.repeat(64), new Uint8Array(64)),
  ),
  value: fc.oneof({ weight: 8, arbitrary: edgeData }, fc.constant(null)),
  headers: fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    fc.constant<HeaderList>([['trace', 'a']]),
  ),
  stepMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    fc.constantFrom(1, 63, 64, 8191, 8192, -1, -64),
  ),
  count: fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }) },
    fc.integer({ min: 60, max: 70 }),
  ),
})

/** Records as they mostly are: one like the other; and what then comes differs in any field. */
export const alikeRecords: fc.Arbitrary<Array<Required<PlainRecord>>> = fc
  .array(alikeRun, { minLength: 1, maxLength: 4 })
  .map((runs) => {
    let timestampMs = 1_700_000_000_000
    return runs.flatMap(({ key, value, headers, stepMs, count }) =>
      Array.from({ length: count }, () => {
        timestampMs += stepMs
        return { key, value, headers, timestamp: timestampMs }
      }),
    )
  })

export const batchSeal: fc.Arbitrary<{
  [Field in keyof Required<BatchSeal>]: NonNullable<BatchSeal[Field]>
}> = fc.record({
  // So that the offset of the last record is one, too.
  baseOffset: fc
    .maxSafeNat()
    .map((offset) => Math.min(offset, Number.MAX_SAFE_INTEGER - MAX_RECORDS + 1)),
  attributes: fc.constantFrom(0, 0b1_0000),
  producer: fc.oneof(
    fc.constant({ producerId: -1, producerEpoch: -1, baseSequence: -1 }),
    fc.record({
      producerId: fc.maxSafeNat(),
      producerEpoch: fc.integer({ min: 0, max: 0x7fff }),
      baseSequence: fc.integer({ min: 0, max: 0x7fff_ffff }),
    }),
  ),
})
