import {
  RinglogError,
  isData,
  reasonOf,
  show,
  type Data,
  type HeaderList,
  type ProducerRecord,
  type Serde,
} from '@ringlog/core/internal'
import { checkNames } from './record-names.ts'

/** The latest timestamp: the last millisecond that a JavaScript date can hold. */
const MAX_TIMESTAMP_MS = 8_640_000_000_000_000

/** A record before its key and value are serialized. */
type GivenRecord = ProducerRecord<unknown, unknown>

/** A record that was checked and serialized. */
export interface TakenRecord {
  readonly topic: string
  readonly key: Data | null
  readonly value: Data | null
  /** `null`: the partitioner chooses. */
  readonly partition: number | null
  readonly timestampMs: number
  readonly headers: HeaderList
}

/** Reads the fields of the records that a producer is given: checks them, and serializes key and value. */
export class RecordFields {
  readonly #keySerde: Serde<unknown> | null
  readonly #valueSerde: Serde<unknown> | null
  readonly #hasSerdes: boolean

  /** @param keySerde `null`: keys are bytes or strings as they are; `valueSerde` the same. */
  constructor(keySerde: Serde<unknown> | null, valueSerde: Serde<unknown> | null) {
    this.#keySerde = keySerde
    this.#valueSerde = valueSerde
    this.#hasSerdes = keySerde !== null || valueSerde !== null
  }

  /**
   * Whether a record names no more than topic, key and value, and these are not to be serialized.
   *
   * Asked for every record, so a method: a function of another module is looked up through its module
   * at each use, four loads that depend on each other, unless it is put in line with its caller.
   */
  arePlain(record: GivenRecord): boolean {
    if (this.#hasSerdes || typeof record !== 'object' || record === null) return false
    const { partition, timestamp, headers } = record
    return partition === undefined && timestamp === undefined && headers === undefined
  }

  /**
   * Checks that a record is one, with no field that there is not. Allocates nothing, as all of these
   * checks.
   *
   * @throws RinglogError INVALID_REQUEST that names the field, what was given and what is allowed.
   */
  check(record: GivenRecord): void {
    if (typeof record !== 'object' || record === null) throw notARecord(record)
    checkNames(record)
  }

  /**
   * The bytes of a record's key, or the string that stands for them; `null` where it has none.
   *
   * @throws RinglogError INVALID_REQUEST; where a serde threw, that is its `cause`.
   */
  keyOf(key: unknown, topic: string): Data | null {
    if (key === undefined) return null
    return this.#keySerde === null && isData(key) ? key : this.#serializedKey(key, topic)
  }

  /**
   * The bytes of a record's value, or the string that stands for them; `null` for a tombstone.
   *
   * @throws RinglogError INVALID_REQUEST; where a serde threw, that is its `cause`.
   */
  valueOf(value: unknown, topic: string): Data | null {
    return this.#valueSerde === null && isData(value) ? value : this.#serializedValue(value, topic)
  }

  /** The partition that a record names; `null`: none. */
  partitionOf(partition: unknown): number | null {
    return partition === undefined ? null : checkedPartition(partition)
  }

  /** A record's own timestamp; `null`: none. */
  timestampOf(timestamp: unknown): number | null {
    return timestamp === undefined ? null : checkedTimestamp(timestamp)
  }

  #serializedKey(key: unknown, topic: string): Data | null {
    if (this.#keySerde !== null) return serialize(this.#keySerde, key, topic, 'key')
    throw invalid('key', 'a string, a Uint8Array, null or absent', key)
  }

  #serializedValue(value: unknown, topic: string): Data | null {
    if (this.#valueSerde !== null) return serialize(this.#valueSerde, value, topic, 'value')
    throw invalid('value', 'a string, a Uint8Array or null', value)
  }
}

function checkedPartition(partition: unknown): number {
  if (Number.isSafeInteger(partition) && (partition as number) >= 0) return partition as number
  throw invalid('partition', 'a non-negative integer or absent', partition)
}

function checkedTimestamp(timestamp: unknown): number {
  if (isTimestamp(timestamp)) return timestamp
  throw invalid('timestamp', 'whole milliseconds since 1970 or absent', timestamp)
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
    throw new RinglogError(
      'SERIALIZATION_FAILED',
      `a record's ${field} cannot be serialized: topic=${show(topic)}: ${reasonOf(cause)}`,
      { cause, details: { topic, field } },
    )
  }
  if (isData(data)) return data
  throw new RinglogError(
    'SERIALIZATION_FAILED',
    `the serde of a record's ${field} must return a string, a Uint8Array or null, ` +
      `got ${show(data)}: topic=${show(topic)}`,
    { details: { topic, field } },
  )
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
