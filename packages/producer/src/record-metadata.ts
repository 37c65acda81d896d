import type { RecordMetadata } from '@ringlog/core/internal'

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
