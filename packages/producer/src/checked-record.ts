import { RinglogError, show, type Data, type ProducerRecord } from '@ringlog/core/internal'

/** The latest timestamp: the last millisecond that a JavaScript date can hold. */
const MAX_TIMESTAMP_MS = 8_640_000_000_000_000

/**
 * Checks the fields of a record that a user gave, all but its topic and its headers. Allocates
 * nothing.
 *
 * @throws RinglogError INVALID_REQUEST that names the field, what was given and what is allowed.
 */
export function checkRecord(record: ProducerRecord): void {
  const { key, value, partition, timestamp } = record
  if (key !== undefined && !isData(key)) {
    throw invalid('key', 'a string, a Uint8Array, null or absent', key)
  }
  if (!isData(value)) throw invalid('value', 'a string, a Uint8Array or null', value)
  if (partition !== undefined && !(Number.isSafeInteger(partition) && partition >= 0)) {
    throw invalid('partition', 'a non-negative integer or absent', partition)
  }
  if (timestamp !== undefined && !isTimestamp(timestamp)) {
    throw invalid('timestamp', 'whole milliseconds since 1970 or absent', timestamp)
  }
}

function isData(value: unknown): value is Data | null {
  return value === null || typeof value === 'string' || value instanceof Uint8Array
}

function isTimestamp(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_TIMESTAMP_MS
}

function invalid(field: string, allowed: string, given: unknown): RinglogError {
  return new RinglogError(
    'INVALID_REQUEST',
    `a record's ${field} must be ${allowed}, got ${show(given)}`,
    { details: { field } },
  )
}
