import type { Data, ProducerRecord, RecordMetadata, TopicPartition } from '@ringlog/core/internal'

/**
 * What application code needs of a producer: a test double can stand in for it. `Producer.writer` is not part
 * of it, so that doubles and wrappers need no second way to write.
 */
export interface ProducerLike<K = Data | null, V = Data | null> {
  send(record: ProducerRecord<K, V>): Promise<RecordMetadata>
  write(record: ProducerRecord<K, V>): boolean
  tryWrite(record: ProducerRecord<K, V>): boolean
  drained(options?: DrainedOptions): Promise<void>
  flush(options?: WaitOptions): Promise<void>
  close(options?: CloseOptions): Promise<void>
}

/** How long to wait for something: as long as it takes, unless limited. */
export interface WaitOptions {
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
}

export interface DrainedOptions extends WaitOptions {
  /** Whose room to wait for; absent: that of the partition that last made `write` return false. */
  partition?: TopicPartition | undefined
}

/** How long closing may wait for what is not acknowledged: as long as it takes, unless limited. */
export interface CloseOptions {
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
}
