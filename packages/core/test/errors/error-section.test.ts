import { RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import {
  ERROR_DATA_BYTE,
  ERROR_LENGTH_BYTE,
  ERROR_SECTION_BYTES,
  ErrorSection,
} from '../../src/errors/error-section.ts'

/** Writes an error between two sections that must stay as they are, and reads it back. */
function throughSection(error: RinglogError): RinglogError {
  const memory = new SharedArrayBuffer(3 * ERROR_SECTION_BYTES)
  const bytes = new Uint8Array(memory).fill(0xaa)
  const section = new ErrorSection(memory, ERROR_SECTION_BYTES)
  section.write(error)
  const outside = [
    ...bytes.subarray(0, ERROR_SECTION_BYTES),
    ...bytes.subarray(2 * ERROR_SECTION_BYTES),
  ]
  expect(new Set(outside)).toEqual(new Set([0xaa]))
  return section.read(error.code)
}

function withText(length: number): RinglogError {
  const error = new RinglogError('BUFFER_FULL', 'full', { details: { text: 'x'.repeat(length) } })
  error.stack = ''
  return error
}

describe('an error that goes through shared memory', () => {
  test('arrives whole', () => {
    const details = {
      topic: 'été',
      partition: 1,
      holder: { offset: 2 ** 53 - 1 },
      waitedMs: Infinity,
    }
    const cause = new RangeError('the cause')
    const error = new RinglogError('BUFFER_FULL', 'ring is full', { details, cause })
    const read = throughSection(error)
    expect(RinglogError.is(read, 'BUFFER_FULL')).toBe(true)
    expect(read).toMatchObject({ message: 'ring is full', retriable: true, details })
    expect(read.stack).toBe(error.stack)
    expect(read.cause).toMatchObject({ name: 'RangeError', message: 'the cause' })
  })

  test('loses, where it is too long, its stack and causes before its details', () => {
    const details = { text: 'x'.repeat(1500) }
    const error = new RinglogError('BUFFER_FULL', 'ring is full', { details })
    error.stack = 's'.repeat(5000)
    const read = throughSection(error)
    expect(read).toMatchObject({ message: 'ring is full', details })
    expect(read.stack).not.toContain('sss')
  })

  test('loses its details before its message', () => {
    const details = { text: 'x'.repeat(3000) }
    const read = throughSection(new RinglogError('BUFFER_FULL', 'ring is full', { details }))
    expect(read).toMatchObject({ message: 'ring is full', details: {} })
  })

  test('keeps its details up to the last byte of room', () => {
    // Every character takes one byte; what is around the text does not depend on how long it is.
    const lengths = Array.from({ length: ERROR_SECTION_BYTES }, (_, length) => length)
    const kept = lengths.filter((length) => 'text' in throughSection(withText(length)).details)
    expect(kept).toEqual(lengths.slice(0, kept.length))
    const words = new Int32Array(new SharedArrayBuffer(ERROR_SECTION_BYTES))
    new ErrorSection(words.buffer, 0).write(withText(kept.length - 1))
    expect(words[ERROR_LENGTH_BYTE / 4]).toBe(ERROR_SECTION_BYTES - ERROR_DATA_BYTE)
  })

  test('loses what only a message can carry, and keeps the rest', () => {
    const cause = new Error('the cause')
    Object.assign(cause, { shared: new SharedArrayBuffer(8) })
    const read = throughSection(
      new RinglogError('BUFFER_FULL', 'ring is full', { details: { partition: 1 }, cause }),
    )
    expect(read).toMatchObject({ message: 'ring is full', details: { partition: 1 } })
  })

  test.each(['y', '\u{2603}', '\u{1f600}'])(
    'loses the end of a message that is too long (%s)',
    (char) => {
      const message = char.repeat(5000)
      const read = throughSection(new RinglogError('BUFFER_FULL', message))
      expect(read.code).toBe('BUFFER_FULL')
      expect(read.message.length).toBeGreaterThan(500)
      expect(read.message.endsWith('…')).toBe(true)
      expect(message.startsWith(read.message.slice(0, 500))).toBe(true)
    },
  )
})
