import type { ConsumerRecord } from '@ringlog/consumer'
import { keyBytesOf, valueBytesOf } from '@ringlog/consumer/internal'
import { describeThrown, type ProducerRecord } from '@ringlog/core/internal'

/** The header that says which `run`, of which pool, awaits the record: `<pool id>/<run id>`. */
export const RUN_HEADER = 'ringlog.run'

/** How the headers begin that say where a dead letter comes from and why. */
const PLACE_PREFIX = 'ringlog.dlt.'

/**
 * The record as it goes to the dead letter topic: the bytes of its own key and value, its headers,
 * and beside them where it comes from and why: of one that has been there before, this time.
 */
export function deadLetter(topic: string, record: ConsumerRecord, error: unknown): ProducerRecord {
  const own = record.headers.filter(
    ([name]) => name !== RUN_HEADER && !name.startsWith(PLACE_PREFIX),
  )
  return {
    topic,
    key: keyBytesOf(record),
    value: valueBytesOf(record),
    headers: [
      ...own,
      [`${PLACE_PREFIX}topic`, record.topic],
      [`${PLACE_PREFIX}partition`, String(record.partition)],
      [`${PLACE_PREFIX}offset`, String(record.offset)],
      [`${PLACE_PREFIX}timestamp`, String(record.timestamp)],
      [`${PLACE_PREFIX}error`, describeThrown(error)],
    ],
  }
}
