import type { ConsumerRecord } from '@ringlog/consumer'
import { keyBytesOf, valueBytesOf } from '@ringlog/consumer/internal'
import { describeThrown, type ProducerRecord } from '@ringlog/core/internal'

/** The header that says which `run`, of which pool, awaits the record: `<pool id>/<run id>`. */
export const RUN_HEADER = 'ringlog.run'

/**
 * The record as it goes to the dead letter topic: the bytes of its own key and value, its headers,
 * and beside them where it comes from and why.
 */
export function deadLetter(topic: string, record: ConsumerRecord, error: unknown): ProducerRecord {
  const own = record.headers.filter(([name]) => name !== RUN_HEADER)
  return {
    topic,
    key: keyBytesOf(record),
    value: valueBytesOf(record),
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
