import type { ConsumerRecord } from '@ringlog/consumer'
import { describeThrown, type ProducerRecord } from '@ringlog/core/internal'
import { RUN_HEADER } from '../wire/thread-message.ts'

/**
 * The record as it goes to the dead letter topic: its own key, value, timestamp and headers, and beside
 * them where it comes from and why.
 */
export function deadLetter(topic: string, record: ConsumerRecord, error: unknown): ProducerRecord {
  const own = record.headers.filter(([name]) => name !== RUN_HEADER)
  return {
    topic,
    key: record.key,
    value: record.value,
    headers: [
      ...own,
      ['ringlog.dlt.topic', record.topic],
      ['ringlog.dlt.partition', String(record.partition)],
      ['ringlog.dlt.offset', String(record.offset)],
      ['ringlog.dlt.timestamp', String(record.timestamp)],
      ['ringlog.dlt.error', describeThrown(error)],
    ],
  }
}
