import { show } from '../errors/show.ts'
import type { Serde } from './serde.ts'

const NUMBER_BYTES = 8

/** The bytes themselves, as without a serde. */
const bytes: Serde<Buffer | null> = {
  serialize(value) {
    if (value === null || value instanceof Uint8Array) return value
    throw new TypeError(`must be bytes or null, got ${show(value)}`)
  },
  deserialize: (data) => data,
}

/** Text as UTF-8, as Kafka's `StringSerializer`. */
const string: Serde<string | null> = {
  serialize(value) {
    if (value === null || typeof value === 'string') return value
    throw new TypeError(`must be a string or null, got ${show(value)}`)
  },
  deserialize: (data) => (data === null ? null : data.toString('utf8')),
}

/** A number as its 8 bytes, big-endian, as Kafka's `DoubleSerializer`: exact for every number. */
const number: Serde<number | null> = {
  serialize(value) {
    if (value === null) return null
    if (typeof value !== 'number')
      throw new TypeError(`must be a number or null, got ${show(value)}`)
    const data = Buffer.allocUnsafe(NUMBER_BYTES)
    data.writeDoubleBE(value)
    return data
  },
  deserialize(data) {
    if (data === null) return null
    if (data.length === NUMBER_BYTES) return data.readDoubleBE()
    throw new RangeError(`a number has ${NUMBER_BYTES} bytes, got ${data.length}`)
  },
}

/**
 * JSON text. `null` is written as no bytes at all (a tombstone), and read as such; so where keys or
 * values may be absent, say so in the type: `serdes.json<Order | null>()`.
 */
function json<T>(): Serde<T> {
  return {
    serialize(value) {
      if (value === null) return null
      const text = JSON.stringify(value) as string | undefined
      if (text !== undefined) return text
      throw new TypeError(`cannot be written as JSON: ${show(value)}`)
    },
    deserialize: (data) => (data === null ? null : JSON.parse(data.toString('utf8'))) as T,
  }
}

/**
 * Whatever structured clone can carry (Map, Set, Date, BigInt, typed arrays, circles), in V8's own
 * format: for readers in Node.js only. `null` as with `json`.
 */
function structured<T>(): Serde<T> {
  // Loaded only here: every thread would pay for it.
  const { deserialize, serialize } = process.getBuiltinModule('node:v8')
  return {
    serialize: (value) => (value === null ? null : serialize(value)),
    deserialize: (data) => (data === null ? null : deserialize(data)) as T,
  }
}

/** The serdes that come with Ringlog. */
export const serdes = {
  /** The bytes themselves, as without a serde. */
  bytes,
  /** Text as UTF-8, as Kafka's `StringSerializer`. */
  string,
  /** A number as its 8 bytes, big-endian, as Kafka's `DoubleSerializer`. */
  number,
  /** JSON text; `null` is no bytes at all, a tombstone. */
  json,
  /** Whatever structured clone can carry, in V8's own format. */
  structured,
} as const
