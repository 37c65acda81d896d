import type { RecordMetadata, TopicPartition } from '@ringlog/core/internal'

/** The offset of a record where no answer was waited for (`acks` 0), or the log has forgotten it. */
export const UNKNOWN_OFFSET = -1

/** What became of a batch: enough to tell each record of it. */
export interface BatchOutcome extends TopicPartition {
  readonly baseOffset: number
  /** Negative: the records keep their own timestamps. */
  readonly logAppendTimeMs: number
}

/** Where the record of a batch is that has this index there. */
export function metadataOf(
  { topic, partition, baseOffset, logAppendTimeMs }: BatchOutcome,
  index: number,
  timestampMs: number,
): RecordMetadata {
  const offset = baseOffset === UNKNOWN_OFFSET ? UNKNOWN_OFFSET : baseOffset + index
  const timestamp = logAppendTimeMs < 0 ? timestampMs : logAppendTimeMs
  return new RecordMetadataObject(topic, partition, offset, timestamp)
}

interface MadeMetadata {
  topic: string | undefined
  partition: number | undefined
  offset: number | undefined
  timestamp: number | undefined
}

interface MetadataConstructor {
  new (topic: string, partition: number, offset: number, timestamp: number): RecordMetadata
  prototype: object
}

/**
 * Makes plain objects as a literal would. But V8 watches the first objects of a literal: where they
 * outlive a collection, as with someone who awaits thousands of records together, it makes all later
 * ones in the old space, where only a major collection frees them. An object that a constructor makes
 * is always young.
 */
export const RecordMetadataObject = function (
  this: MadeMetadata,
  topic: string,
  partition: number,
  offset: number,
  timestamp: number,
): void {
  // A field that held nothing but numbers would copy the timestamp to a heap number of its own.
  this.timestamp = this.offset = this.partition = this.topic = undefined
  this.topic = topic
  this.partition = partition
  this.offset = offset
  this.timestamp = timestamp
} as unknown as MetadataConstructor
RecordMetadataObject.prototype = Object.prototype
