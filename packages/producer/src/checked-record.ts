import {
  RinglogError,
  show,
  type Data,
  type ProducerRecord,
  type Serde,
} from '@ringlog/core/internal'

/** The latest timestamp: the last millisecond that a JavaScript date can hold. */
const MAX_TIMESTAMP_MS = 8_640_000_000_000_000

/** A record before its key and value are serialized. */
export type GivenRecord = ProducerRecord<unknown, unknown>

/**
 * Checks that a record is one. Allocates nothing, as all of these checks.
 *
 * @throws RinglogError INVALID_REQUEST that names the field, what was given and what is allowed.
 */
export function checkRecord(record: GivenRecord): void {
  if (typeof record !== 'object' || record === null) throw notARecord(record)
}

/** The partition that a record names; `null`: none. */
export function partitionOf(partition: unknown): number | null {
  return partition === undefined ? null : checkedPartition(partition)
}

function checkedPartition(partition: unknown): number {
  if (Number.isSafeInteger(partition) && (partition as number) >= 0) return partition as number
  throw invalid('partition', 'a non-negative integer or absent', partition)
}

/** A record's own timestamp; `null`: none. */
export function timestampOf(timestamp: unknown): number | null {
  return timestamp === undefined ? null : checkedTimestamp(timestamp)
}

function checkedTimestamp(timestamp: unknown): number {
  if (isTimestamp(timestamp)) return timestamp
  throw invalid('timestamp', 'whole milliseconds since 1970 or absent', timestamp)
}

/**
 * The bytes of a record's key, or the string that stands for them; `null` where it has none.
 *
 * @throws RinglogError INVALID_REQUEST; where a serde threw, that is its `cause`.
 */
export function keyOf(key: unknown, topic: string, serde: Serde<unknown> | null): Data | null {
  if (key === undefined) return null
  return serde === null && isData(key) ? key : serializedKey(key, topic, serde)
}

function serializedKey(key: unknown, topic: string, serde: Serde<unknown> | null): Data | null {
  if (serde !== null) return serialize(serde, key, topic, 'key')
  throw invalid('key', 'a string, a Uint8Array, null or absent', key)
}

/**
 * The bytes of a record's value, or the string that stands for them; `null` for a tombstone.
 *
 * @throws RinglogError INVALID_REQUEST; where a serde threw, that is its `cause`.
 */
export function valueOf(value: unknown, topic: string, serde: Serde<unknown> | null): Data | null {
  return serde === null && isData(value) ? value : serializedValue(value, topic, serde)
}

function serializedValue(value: unknown, topic: string, serde: Serde<unknown> | null): Data | null {
  if (serde !== null) return serialize(serde, value, topic, 'value')
  throw invalid('value', 'a string, a Uint8Array or null', value)
}

function serialize(
  serde: Serde<unknown>,
  given: unknown,
  topic: string,
  field: 'key' | 'value',
): Data | null {
  let data: Data | null
  try {
    data = serde.serialize(given)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : show(cause)
    throw new RinglogError(
      'INVALID_REQUEST',
      `a record's ${field} cannot be serialized: topic=${show(topic)}: ${reason}`,
      { cause, details: { topic, field } },
    )
  }
  if (isData(data)) return data
  throw new RinglogError(
    'INVALID_REQUEST',
    `the serde of a record's ${field} must return a string, a Uint8Array or null, ` +
      `got ${show(data)}: topic=${show(topic)}`,
    { details: { topic, field } },
  )
}

function isData(value: unknown): value is Data | null {
  return value === null || typeof value === 'string' || value instanceof Uint8Array
}

function isTimestamp(value: unknown): value is number {
  const isWhole = Number.isInteger(value)
  return isWhole && (value as number) >= 0 && (value as number) <= MAX_TIMESTAMP_MS
}

function notARecord(given: unknown): RinglogError {
  return new RinglogError('INVALID_REQUEST', `a record must be an object, got ${show(given)}`)
}

function invalid(field: string, allowed: string, given: unknown): RinglogError {
  return new RinglogError(
    'INVALID_REQUEST',
    `a record's ${field} must be ${allowed}, got ${show(given)}`,
    { details: { field } },
  )
}
