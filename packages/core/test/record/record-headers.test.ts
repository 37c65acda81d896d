import { RinglogError, type RecordHeaders } from '@ringlog/core'
import { decodeHeaders, toHeaderList } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import { areHeadersValid } from '../../src/record/record-headers.ts'
import { encodeVarint } from './reference-encoder.ts'

describe('the headers that a user gives', () => {
  const value = Buffer.from('bytes')

  test('are none where nothing is given', () => {
    expect(toHeaderList(undefined)).toEqual([])
  })

  test.each<[string, RecordHeaders]>([
    [
      'an array of pairs',
      [
        ['a', '1'],
        ['b', value],
        ['a', null],
      ],
    ],
    [
      'any iterable of pairs',
      new Set([['a', '1'] as const, ['b', value] as const, ['a', null] as const]),
    ],
    ['an iterator', [['a', '1'] as const, ['b', value] as const, ['a', null] as const].values()],
  ])('keep order and repeated names: %s', (_, headers) => {
    expect(toHeaderList(headers)).toEqual([
      ['a', '1'],
      ['b', value],
      ['a', null],
    ])
  })

  test.each<[string, RecordHeaders]>([
    ['an object', { a: '1', b: value }],
    [
      'a Map',
      new Map<string, string | Uint8Array>([
        ['a', '1'],
        ['b', value],
      ]),
    ],
    ['an object without a prototype', Object.assign(Object.create(null), { a: '1', b: value })],
  ])('are pairs, in order, of %s', (_, headers) => {
    expect(toHeaderList(headers)).toEqual([
      ['a', '1'],
      ['b', value],
    ])
  })

  test('may be getters that use their memory again', () => {
    const scratch = Buffer.alloc(16)
    const put = (text: string): Uint8Array => scratch.subarray(0, scratch.write(text))
    const headers: RecordHeaders = {
      get a() {
        return put('first')
      },
      get b() {
        return put('2nd')
      },
    }
    expect(toHeaderList(headers).map(([name, bytes]) => [name, String(bytes)])).toEqual([
      ['a', 'first'],
      ['b', '2nd'],
    ])
  })

  test('are copied, so that a later change of the list changes no record', () => {
    const given: Array<[string, string]> = [['a', '1']]
    const list = toHeaderList(given)
    given[0]![1] = 'changed'
    given.push(['b', '2'])
    expect(list).toEqual([['a', '1']])
  })

  test.each<[unknown, string]>([
    [null, 'headers must be an iterable of pairs or an object, got null'],
    ['text', 'headers must be an iterable of pairs or an object, got "text"'],
    [7, 'headers must be an iterable of pairs or an object, got 7'],
    [['ab'], 'each header must be a pair of name and value, got "ab"'],
    [[['a']], 'each header must be a pair of name and value, got an array of 1'],
    [[['a', '1', '2']], 'each header must be a pair of name and value, got an array of 3'],
    [[[1, 'a']], "a header's name must be a string, got 1"],
    [[['a', 1]], 'the value of header "a" must be a string, a Uint8Array or null, got 1'],
    [
      { a: undefined },
      'the value of header "a" must be a string, a Uint8Array or null, got undefined',
    ],
    [
      { a: ['1'] },
      'the value of header "a" must be a string, a Uint8Array or null, got an array of 1',
    ],
    [new Uint8Array(2), 'each header must be a pair of name and value, got 0'],
  ])('are refused where they are none: %o', (headers, message) => {
    const call = () => toHeaderList(headers as RecordHeaders)
    expect(call).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST', message }))
  })
})

const text = (bytes: string): Buffer =>
  Buffer.concat([encodeVarint(bytes.length), Buffer.from(bytes)])
const varint = encodeVarint

/** Decodes and checks amid other bytes, which must not matter. */
function decode(...parts: Uint8Array[]): ReturnType<typeof decodeHeaders> {
  const encoded = Buffer.concat(parts)
  const [result, ...others] = [0x00, 0x02, 0xff].map((filler) => {
    const around = Buffer.alloc(16, filler)
    const bytes = Buffer.concat([around, encoded, around])
    const end = around.length + encoded.length
    const decoded = resultOf(() => decodeHeaders(bytes, around.length, end))
    expect(areHeadersValid(bytes, around.length, end)).toBe(!RinglogError.is(decoded))
    return decoded
  })
  for (const other of others) expect(other).toEqual(result)
  if (RinglogError.is(result)) throw result
  return result!
}

/** What the call returns, or the error of ours that it throws. */
function resultOf<T>(call: () => T): T | RinglogError {
  try {
    return call()
  } catch (error) {
    if (RinglogError.is(error)) return error
    throw error
  }
}

describe('encoded headers', () => {
  test('are decoded in order, with null and empty values and names', () => {
    const headers = decode(
      varint(4),
      text('a'),
      text('1'),
      text('a'),
      varint(-1),
      text(''),
      text(''),
      text('b'),
      text('2'),
    )
    expect(headers).toEqual([
      ['a', Buffer.from('1')],
      ['a', null],
      ['', Buffer.alloc(0)],
      ['b', Buffer.from('2')],
    ])
  })

  test('are none where the count is 0', () => {
    expect(decode(varint(0))).toEqual([])
  })

  test('have values that are views, not copies', () => {
    const bytes = Buffer.concat([varint(1), text('name'), text('value')])
    const [header] = decodeHeaders(bytes, 0, bytes.length)
    bytes[bytes.length - 1] = 0x21
    expect(header![1]!.toString()).toBe('valu!')
  })

  test('may have a name and a value of many bytes', () => {
    const [name, value] = ['n'.repeat(200), 'v'.repeat(20_000)]
    expect(decode(varint(1), text(name), text(value))).toEqual([[name, Buffer.from(value)]])
  })

  test.each<[string, Uint8Array[]]>([
    ['there are none, not even a count', []],
    ['the count is negative', [varint(-1)]],
    ['the count is one too many', [varint(2), text('a'), text('1')]],
    ['the count is one too few', [varint(1), text('a'), text('1'), text('b'), text('2')]],
    ['the count is huge', [varint(0x7fff_ffff), text('a'), text('1')]],
    ['a name is null', [varint(1), varint(-1), text('1')]],
    ['the length of a name is negative', [varint(1), varint(-2), text('1')]],
    ['a name ends beyond the record', [varint(1), varint(5), Buffer.from('abcd')]],
    ['the length of a name is huge', [varint(1), varint(0x7fff_ffff), text('1')]],
    ['there is no value', [varint(1), text('a')]],
    ['the length of a value is negative', [varint(1), text('a'), varint(-2)]],
    ['the length of a value is hugely negative', [varint(1), text('a'), varint(-0x8000_0000)]],
    ['a value ends beyond the record', [varint(1), text('a'), varint(2), Buffer.from('1')]],
    ['a byte is left over', [varint(1), text('a'), text('1'), Buffer.from([0])]],
    ['a byte is left over after none', [varint(0), Buffer.from([0])]],
    ['a length never ends', [varint(1), Buffer.alloc(6, 0xff)]],
    ['a length is cut off', [varint(1), Buffer.from([0x80])]],
  ])('are refused where %s', (_, parts) => {
    const thrown = resultOf(() => decode(...parts))
    expect(RinglogError.is(thrown, 'CORRUPT_MESSAGE')).toBe(true)
    expect((thrown as Error).message).toBe('record headers at byte 16 are malformed')
  })
})
