import { RinglogError, partitionName, reasonOf, type Serde } from '@ringlog/core/internal'

/**
 * Makes keys and values of bytes, by the serdes of the configuration; without one they stay bytes.
 *
 * Source: Apache Kafka, `common/errors/RecordDeserializationException.java`, for what is said of a
 * record that cannot be read.
 */
export class RecordDecoder<K, V> {
  readonly #keySerde: Serde<K> | null
  readonly #valueSerde: Serde<V> | null

  constructor(keySerde: Serde<K> | null, valueSerde: Serde<V> | null) {
    this.#keySerde = keySerde
    this.#valueSerde = valueSerde
  }

  /** @throws RinglogError SERIALIZATION_FAILED. */
  key(bytes: Buffer | null, record: RecordName): K {
    if (this.#keySerde === null) return bytes as K
    return decode(this.#keySerde, bytes, 'key', record)
  }

  /** @throws RinglogError SERIALIZATION_FAILED. */
  value(bytes: Buffer | null, record: RecordName): V {
    if (this.#valueSerde === null) return bytes as V
    return decode(this.#valueSerde, bytes, 'value', record)
  }
}

/** Where a record stands in its topic: for messages. */
interface RecordName {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

function decode<T>(
  serde: Serde<T>,
  bytes: Buffer | null,
  part: 'key' | 'value',
  { topic, partition, offset }: RecordName,
): T {
  try {
    return serde.deserialize(bytes)
  } catch (cause) {
    throw new RinglogError(
      'SERIALIZATION_FAILED',
      `the ${part} of a record cannot be deserialized: ` +
        `partition=${partitionName(topic, partition)}, offset=${offset}: ${reasonOf(cause)}`,
      { details: { topic, partition, offset, part }, cause },
    )
  }
}
