import { decodeHeaders, type TopicPartition } from '@ringlog/core/internal'

/**
 * A record as a consumer gets it. Key, value and headers are decoded when they are first read, over
 * memory that nothing overwrites; a key or value that is kept keeps the memory it was fetched into.
 */
export interface ConsumerRecord extends TopicPartition {
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** In order; a name may come again. */
  readonly headers: ReadonlyArray<readonly [name: string, value: Buffer | null]>
}

/** Where a record's parts lie: what a cursor points at. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly bytes: Uint8Array
  readonly keyStart: number
  readonly keyLength: number
  readonly valueStart: number
  readonly valueLength: number
  readonly headersStart: number
  readonly recordEnd: number
}

/** The one shape of all records, so that code which reads them stays fast. */
export class FetchedRecord implements ConsumerRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly #bytes: Uint8Array
  readonly #keyStart: number
  readonly #keyLength: number
  readonly #valueStart: number
  readonly #valueLength: number
  readonly #headersStart: number
  readonly #recordEnd: number
  #key: Buffer | null | undefined = undefined
  #value: Buffer | null | undefined = undefined
  #headers: ConsumerRecord['headers'] | undefined = undefined

  constructor(place: RecordPlace) {
    this.topic = place.topic
    this.partition = place.partition
    this.offset = place.offset
    this.timestamp = place.timestamp
    this.#bytes = place.bytes
    this.#keyStart = place.keyStart
    this.#keyLength = place.keyLength
    this.#valueStart = place.valueStart
    this.#valueLength = place.valueLength
    this.#headersStart = place.headersStart
    this.#recordEnd = place.recordEnd
  }

  get key(): Buffer | null {
    this.#key ??= viewOf(this.#bytes, this.#keyStart, this.#keyLength)
    return this.#key
  }

  get value(): Buffer | null {
    this.#value ??= viewOf(this.#bytes, this.#valueStart, this.#valueLength)
    return this.#value
  }

  get headers(): ConsumerRecord['headers'] {
    this.#headers ??= decodeHeaders(this.#bytes, this.#headersStart, this.#recordEnd)
    return this.#headers
  }
}

function viewOf(bytes: Uint8Array, start: number, length: number): Buffer | null {
  return length < 0 ? null : Buffer.from(bytes.buffer, bytes.byteOffset + start, length)
}
