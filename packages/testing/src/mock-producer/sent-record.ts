import {
  copyData,
  isData,
  toHeaderList,
  type ProducerRecord,
  type RecordHeaders,
} from '@ringlog/core/internal'

/**
 * A record as it was given, read once: its user may go on with the object and with the memory of its bytes,
 * and an iterable of headers can be walked only once. Fields that were not given are not in it.
 *
 * @throws RinglogError INVALID_REQUEST for headers that are none. What a getter or an iterable throws.
 */
export function takenAsGiven<K, V>(record: ProducerRecord<K, V>): ProducerRecord<K, V> {
  const { topic, key, value, partition, timestamp, headers } = record
  return {
    topic,
    ...(key === undefined ? {} : { key: ownBytes(key) }),
    value: ownBytes(value),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(headers === undefined ? {} : { headers: ownHeaders(headers) }),
  }
}

function ownBytes<T>(value: T): T {
  return isData(value) ? (copyData(value) as T) : value
}

function ownHeaders(headers: RecordHeaders): RecordHeaders {
  const list = toHeaderList(headers, true)
  return Symbol.iterator in headers ? list : Object.fromEntries(list)
}
