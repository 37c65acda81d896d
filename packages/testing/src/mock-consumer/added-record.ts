import {
  RinglogError,
  checkPartition,
  show,
  type Data,
  type RecordHeaders,
  type TopicPartition,
} from '@ringlog/core/internal'
import { RECORD_FIELDS, type ReadRecord, type RecordFields } from '@ringlog/producer/internal'

const FIELDS: readonly string[] = [...RECORD_FIELDS, 'offset']

/** What a key or a value may be given as: bytes may be a string, or `null`; the rest a serde serializes. */
export type Given<T> = [Buffer | null] extends [T] ? Data | null : T

/** A record to be put into the log of a mock consumer. */
export interface AddedRecord<K = Buffer | null, V = Buffer | null> {
  topic: string
  partition: number
  /** Absent: the one after the last record; offsets may be left out, and never go back. */
  offset?: number | undefined
  /** Absent or `null`: no key. The consumer's `keySerde` makes bytes of it, without one it is bytes. */
  key?: Given<K> | undefined
  /** The consumer's `valueSerde` makes bytes of it, without one it is bytes. */
  value: Given<V>
  /** Milliseconds since 1970; absent: now. */
  timestamp?: number | undefined
  headers?: RecordHeaders | undefined
}

/**
 * Checks a record that a test gave, and makes bytes of it, as a producer would.
 *
 * @throws RinglogError INVALID_REQUEST, SERIALIZATION_FAILED.
 */
export function readAdded<K, V>(
  given: AddedRecord<K, V>,
  fields: RecordFields,
): { at: TopicPartition; offset: number | null; record: ReadRecord } {
  if (typeof given !== 'object' || given === null) {
    throw new RinglogError('INVALID_REQUEST', `a record must be an object, got ${show(given)}`)
  }
  const { offset, ...produced } = given
  fields.check(produced, FIELDS)
  const at = checkPartition(produced)
  if (offset === undefined) return { at, offset: null, record: fields.read(produced) }
  return { at, offset: checkOffset(offset), record: fields.read(produced) }
}

/** @throws RinglogError INVALID_REQUEST. */
export function checkOffset(offset: unknown): number {
  if (Number.isSafeInteger(offset) && (offset as number) >= 0) return offset as number
  throw new RinglogError(
    'INVALID_REQUEST',
    `an offset must be a non-negative safe integer, got ${show(offset)}`,
  )
}
