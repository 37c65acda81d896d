/** Bytes, or a string that stands for its UTF-8 bytes. */
export type Data = string | Uint8Array

/** Whether it can be a key or a value as it is. */
export function isData(value: unknown): value is Data | null {
  return value === null || typeof value === 'string' || value instanceof Uint8Array
}

/** The same with bytes of its own: the caller may use its memory again. */
export function copyData(data: Data | null): Data | null {
  // A Buffer's own slice would not copy. A value that is no data stays for the producer to refuse.
  return data instanceof Uint8Array ? Uint8Array.prototype.slice.call(data) : data
}

/** Headers as a user may give them: pairs in order (a name may come again), or an object. */
export type RecordHeaders =
  Iterable<readonly [name: string, value: Data | null]> | Record<string, Data | null>

/** Headers as they are encoded: pairs in order. */
export type HeaderList = ReadonlyArray<readonly [name: string, value: Data | null]>

/** What a producer sends. */
export interface ProducerRecord<K = Data | null, V = Data | null> {
  topic: string
  /** Decides the partition; absent or `null`: no key. An empty key is a key. */
  key?: K | undefined
  /** `null` is a tombstone, as in Kafka. */
  value: V
  /** Given: the partitioner is not asked. */
  partition?: number | undefined
  /** Milliseconds since 1970; absent: the time at which the record is taken. */
  timestamp?: number | undefined
  headers?: RecordHeaders | undefined
}

/** Where a record was written. */
export interface RecordMetadata {
  topic: string
  partition: number
  /** The record's offset within its partition. */
  offset: number
  /** Milliseconds since 1970. */
  timestamp: number
}
