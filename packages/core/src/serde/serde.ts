import type { Data } from '../record/data.ts'

/**
 * Turns values of a program into the bytes of a record, and back. One serde serves both sides: what a
 * producer wrote with it, a consumer reads with it.
 *
 * Thread: functions cannot cross threads; each client is given its own.
 *
 * Source: Apache Kafka, `common/serialization/Serde.java`.
 */
export interface Serde<T> {
  /**
   * What a record is to hold; `null` is no key, or a tombstone. When it throws, the record is refused with
   * SERIALIZATION_FAILED, whose `cause` is what it threw, and nothing of the record is written.
   * The bytes are copied before the next call, of this or another serde: memory may be used again.
   */
  serialize(value: T): Data | null
  /**
   * The value again. Called when it is first read, with memory that nothing overwrites; a value that
   * is a view of it keeps the memory it was fetched into.
   *
   * When it throws, reading the key or value throws SERIALIZATION_FAILED, with topic, partition and offset in
   * its `details`, each time. The record was handed out all the same: the consumer goes on after it, and
   * what stands beside it in a poll can be read.
   *
   * @param bytes `null`: no key, or a tombstone.
   */
  deserialize(bytes: Buffer | null): T
}
