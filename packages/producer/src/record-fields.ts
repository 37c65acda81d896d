import {
  RinglogError,
  copyData,
  isData,
  reasonOf,
  show,
  toHeaderList,
  type Data,
  type HeaderList,
  type ProducerRecord,
  type Serde,
} from '@ringlog/core/internal'
import type { ResolvedProducerConfig } from './config.ts'
import { RECORD_FIELDS, checkNames } from './record-names.ts'

/** The latest timestamp: the last millisecond that a JavaScript date can hold. */
const MAX_TIMESTAMP_MS = 8_640_000_000_000_000

/** A record before its key and value are serialized. */
type GivenRecord = ProducerRecord<unknown, unknown>

/** The fields of a record, checked and serialized. */
export interface ReadRecord {
  readonly topic: string
  readonly key: Data | null
  readonly value: Data | null
  /** `null`: the partitioner chooses. */
  readonly partition: number | null
  /** `null`: it has none of its own. */
  readonly timestampMs: number | null
  readonly headers: HeaderList
}

/** A record that is to be taken. */
export interface TakenRecord extends ReadRecord {
  readonly timestampMs: number
}

/** What of a producer's configuration concerns the fields of records. */
type RecordFieldsConfig = Pick<ResolvedProducerConfig, 'keySerde' | 'valueSerde' | 'partitioner'>

/**
 * Reads the fields of the records that a producer is given: checks them, and serializes key and value.
 *
 * A serde may return a view of memory that it uses again, and so may an iterable of headers. So bytes
 * are copied before user code runs that could write there: the next serde, or a partitioner.
 */
export class RecordFields {
  readonly #keySerde: Serde<unknown> | null
  readonly #valueSerde: Serde<unknown> | null
  readonly #hasSerdes: boolean
  readonly #hasPartitioner: boolean

  constructor({ keySerde, valueSerde, partitioner }: RecordFieldsConfig) {
    this.#keySerde = keySerde
    this.#valueSerde = valueSerde
    this.#hasSerdes = keySerde !== null || valueSerde !== null
    this.#hasPartitioner = typeof partitioner !== 'string'
  }

  /** Whether keys or values are to be serialized. */
  get hasSerdes(): boolean {
    return this.#hasSerdes
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
   * Checks that a record is one, with no field that there is not. Allocates nothing.
   *
   * @param fields For the message: those that there are.
   * @throws RinglogError INVALID_REQUEST that names the field, what was given and what is allowed.
   */
  check(record: GivenRecord, fields: readonly string[] = RECORD_FIELDS): void {
    if (typeof record !== 'object' || record === null) throw notARecord(record)
    checkNames(record, fields)
  }

  /**
   * Reads a record that `check` has let pass, the general way. The fields are read once, each before any
   * of them is serialized.
   *
   * @throws RinglogError INVALID_REQUEST that names the field, what was given and what is allowed; where
   *   a serde threw, that is its `cause`. What a getter or an iterable throws.
   */
  read(record: GivenRecord): ReadRecord {
    const { topic, key, value, partition, timestamp, headers } = record
    const asksPartitioner = this.#hasPartitioner && partition === undefined
    const runsUserCode = this.#hasSerdes || asksPartitioner || runsIterable(headers)
    const ownsKey = runsUserCode && this.#keySerde === null && isData(key)
    const ownsValue = runsUserCode && this.#valueSerde === null && isData(value)
    const givenKey = ownsKey ? copyData(key) : key
    const givenValue = ownsValue ? copyData(value) : value
    const headerList = toHeaderList(headers, runsUserCode)
    const keyData = this.#keyOf(givenKey, topic)
    const ownKey = this.#keySerde === null ? keyData : copyData(keyData)
    const valueData = this.#valueOf(givenValue, topic)
    const ownValue = asksPartitioner && !ownsValue ? copyData(valueData) : valueData
    return {
      topic,
      key: ownKey,
      value: ownValue,
      partition: partition === undefined ? null : checkedPartition(partition),
      timestampMs: timestamp === undefined ? null : checkedTimestamp(timestamp),
      headers: headerList,
    }
  }

  #keyOf(key: unknown, topic: string): Data | null {
    if (key === undefined) return null
    return this.#keySerde === null && isData(key) ? key : this.#serializedKey(key, topic)
  }

  #valueOf(value: unknown, topic: string): Data | null {
    return this.#valueSerde === null && isData(value) ? value : this.#serializedValue(value, topic)
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

/** Whether headers come out of code of the user's. */
function runsIterable(headers: unknown): boolean {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return false
  return Symbol.iterator in headers
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
