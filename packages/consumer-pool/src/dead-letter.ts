import type { ConsumerRecord } from '@ringlog/consumer'
import type { ProducerRecord } from '@ringlog/core'
import { RUN_HEADER } from './thread-message.ts'

const MAX_ERROR_LENGTH = 1000

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
      ['ringlog.dlt.error', describeError(error)],
    ],
  }
}

/** `TypeError: no such order`, short. */
export function describeError(error: unknown): string {
  let text: string
  try {
    text = String(error)
  } catch {
    text = 'an error that cannot be read'
  }
  return text.length > MAX_ERROR_LENGTH ? `${text.slice(0, MAX_ERROR_LENGTH)}…` : text
}
