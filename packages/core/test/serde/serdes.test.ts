import { serdes, type Serde } from '@ringlog/core'
import { serdeOption } from '@ringlog/core/internal'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

/** What a consumer gets of what a producer was given: the bytes in between are all there is. */
function overTheLog<T>(serde: Serde<T>, value: T): T {
  const data = serde.serialize(value)
  return serde.deserialize(data === null ? null : Buffer.from(data as Uint8Array))
}

describe('a value is the same after serialize and deserialize', () => {
  test('bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        expect(overTheLog(serdes.bytes, Buffer.from(value))).toEqual(Buffer.from(value))
      }),
    )
  })

  test('string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(overTheLog(serdes.string, value)).toBe(value)
      }),
    )
  })

  test('number', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(overTheLog(serdes.number, value)).toBe(value)
      }),
    )
  })

  test('json', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const expected: unknown = JSON.parse(JSON.stringify(value))
        expect(overTheLog(serdes.json<unknown>(), value)).toEqual(expected)
      }),
    )
  })

  test('structured', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    const values = [
      new Map([['a', new Set([1])]]),
      new Date(5),
      12n,
      undefined,
      new Float64Array([1, 2]),
      /x/g,
    ]
    for (const value of values) {
      expect(overTheLog(serdes.structured<unknown>(), value)).toEqual(value)
    }
    const read = overTheLog(serdes.structured<{ self?: unknown }>(), circle)
    expect(read.self).toBe(read)
  })

  test.each([
    serdes.bytes,
    serdes.string,
    serdes.number,
    serdes.json<null>(),
    serdes.structured<null>(),
  ])('null stays null, without any bytes', (serde) => {
    expect((serde as Serde<null>).serialize(null)).toBeNull()
    expect(serde.deserialize(null)).toBeNull()
  })
})

test("numbers are written as Kafka's DoubleSerializer does", () => {
  expect(serdes.number.serialize(1.5)).toEqual(Buffer.from('3ff8000000000000', 'hex'))
})

describe('what cannot be written throws', () => {
  test.each<[string, Serde<never>, unknown]>([
    ['a number as string', serdes.string as Serde<never>, 5],
    ['undefined as string', serdes.string as Serde<never>, undefined],
    ['a string as number', serdes.number as Serde<never>, '5'],
    ['a string as bytes', serdes.bytes as Serde<never>, 'text'],
    ['undefined as JSON', serdes.json(), undefined],
    ['a function as JSON', serdes.json(), () => undefined],
    ['a BigInt as JSON', serdes.json(), { n: 1n }],
    ['a function, structured', serdes.structured(), { f: () => undefined }],
  ])('%s', (_, serde, value) => {
    expect(() => serde.serialize(value as never)).toThrow()
  })
})

describe('what cannot be read throws', () => {
  test.each<[string, Serde<unknown>]>([
    ['number', serdes.number],
    ['json', serdes.json()],
    ['structured', serdes.structured()],
  ])('%s', (_, serde) => {
    for (const text of ['', '{"cut', '123456789']) {
      if (serde !== serdes.number && text === '123456789') continue
      expect(() => serde.deserialize(Buffer.from(text))).toThrow()
    }
  })
})

test('a serde option is an object with both functions', () => {
  const option = serdeOption()
  expect(option.fault(serdes.string)).toBeNull()
  for (const value of [null, 5, 'json', {}, { serialize: () => null }, serdes.json]) {
    expect(option.fault(value)).toContain('must be an object with the functions serialize and')
  }
})
