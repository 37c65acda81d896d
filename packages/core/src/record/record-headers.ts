import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'
import {
  copyData,
  isData,
  type Data,
  type HeaderList,
  type ProducerRecord,
  type RecordHeaders,
} from './data.ts'
import { byteLength } from './record-size.ts'
import { writeVarint } from './varint.ts'

const NO_HEADERS: HeaderList = []

/**
 * Brings the headers that a user gave into the form that is encoded: pairs in order.
 *
 * @param ownsBytes Whether the list gets bytes of its own: before user code runs that may use the memory
 *   of these again.
 * @throws RinglogError INVALID_REQUEST when a name is no string, or a value no string, bytes or null.
 */
export function toHeaderList(headers: RecordHeaders | undefined, ownsBytes = false): HeaderList {
  if (headers === undefined) return NO_HEADERS
  if (typeof headers !== 'object' || headers === null) {
    throw invalid(`headers must be an iterable of pairs or an object, got ${show(headers)}`)
  }
  const isIterable = Symbol.iterator in headers
  const pairs = isIterable ? headers : entriesOf(headers)
  const list: Array<readonly [string, Data | null]> = []
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw invalid(`each header must be a pair of name and value, got ${show(pair)}`)
    }
    const [name, value] = pair as [unknown, unknown]
    if (typeof name !== 'string') {
      throw invalid(`a header's name must be a string, got ${show(name)}`)
    }
    if (!isData(value)) {
      throw invalid(
        `the value of header ${show(name)} must be a string, a Uint8Array or null, got ${show(value)}`,
      )
    }
    list.push([name, ownsBytes || !isIterable ? copyData(value) : value])
  }
  return list
}

/** Reads each property when it is asked for: a getter may use the memory of the one before again. */
function* entriesOf(headers: object): Iterable<readonly [string, unknown]> {
  for (const name of Object.keys(headers)) {
    yield [name, (headers as Record<string, unknown>)[name]]
  }
}

/** Key, value and headers of a record with bytes of their own: the caller may use its memory again. */
export function copyFields(
  key: Data | null,
  value: Data | null,
  headers: RecordHeaders | undefined,
): { key: Data | null; value: Data | null; headers: HeaderList } {
  return { key: copyData(key), value: copyData(value), headers: toHeaderList(headers, true) }
}

/** The same record with these headers: with all of its fields, also those that its class has getters for. */
export function withHeaders<K, V>(
  record: ProducerRecord<K, V>,
  headers: RecordHeaders,
): ProducerRecord<K, V> {
  const { topic, key, value, partition, timestamp } = record
  return { ...record, topic, key, value, partition, timestamp, headers }
}

/** Encodes headers, their number first; returns the index after them. `bytes` has room for them. */
export function writeHeaders(bytes: Buffer, byteIndex: number, headers: HeaderList): number {
  let at = writeVarint(bytes, byteIndex, headers.length)
  for (const [name, value] of headers) {
    const nameLength = Buffer.byteLength(name)
    at = writeVarint(bytes, at, nameLength)
    at += bytes.write(name, at)
    const valueLength = byteLength(value)
    at = writeVarint(bytes, at, valueLength)
    if (valueLength <= 0) continue
    if (typeof value === 'string') at += bytes.write(value, at)
    else {
      bytes.set(value!, at)
      at += valueLength
    }
  }
  return at
}

/**
 * Decodes a record's headers from private memory; each value is a view of it.
 *
 * @param byteIndex Where the header count stands: `RecordBatchCursor.headersStart`.
 * @throws RinglogError CORRUPT_MESSAGE when they do not end exactly at `end`.
 */
export function decodeHeaders(
  bytes: Uint8Array,
  byteIndex: number,
  end: number,
): Array<readonly [string, Buffer | null]> {
  const reader = new HeaderReader(bytes, byteIndex, end)
  const headers: Array<readonly [string, Buffer | null]> = []
  for (let left = reader.readCount(); left > 0; left--) {
    const name = reader.readBytes()
    if (name === null) throw corruptHeaders(byteIndex)
    headers.push([name.toString('utf8'), reader.readBytes()])
  }
  if (!reader.isAtEnd) throw corruptHeaders(byteIndex)
  return headers
}

/** Whether a record's headers are well formed and end exactly at `end`; decodes nothing. */
export function areHeadersValid(bytes: Uint8Array, byteIndex: number, end: number): boolean {
  if (byteIndex === end - 1 && bytes[byteIndex] === 0) return true
  const reader = new HeaderReader(bytes, byteIndex, end)
  try {
    for (let left = reader.readCount(); left > 0; left--) {
      if (reader.skipBytes() < 0) return false
      reader.skipBytes()
    }
    return reader.isAtEnd
  } catch {
    return false
  }
}

class HeaderReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #start: number
  #at: number

  constructor(bytes: Uint8Array, byteIndex: number, end: number) {
    this.#bytes = bytes
    this.#start = byteIndex
    this.#at = byteIndex
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end
  }

  readCount(): number {
    const count = this.#readVarint()
    if (count < 0) throw corruptHeaders(this.#start)
    return count
  }

  readBytes(): Buffer | null {
    const length = this.skipBytes()
    if (length < 0) return null
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.#at - length, length)
  }

  /** Passes over a length and its bytes; returns the length, -1 for null. */
  skipBytes(): number {
    const length = this.#readVarint()
    if (length < -1 || this.#at + length > this.#end) throw corruptHeaders(this.#start)
    if (length > 0) this.#at += length
    return length
  }

  #readVarint(): number {
    let zigzag = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= this.#end) break
      const byte = this.#bytes[this.#at++]!
      zigzag |= (byte & 0x7f) << shift
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1)
    }
    throw corruptHeaders(this.#start)
  }
}

function corruptHeaders(byteIndex: number): RinglogError {
  return new RinglogError('CORRUPT_MESSAGE', `record headers at byte ${byteIndex} are malformed`)
}

function invalid(message: string): RinglogError {
  return new RinglogError('INVALID_REQUEST', message)
}
