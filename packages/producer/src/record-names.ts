import { RinglogError, optionsInPlaceOf, type ProducerRecord } from '@ringlog/core/internal'

export const RECORD_FIELDS: ReadonlyArray<keyof ProducerRecord> = [
  'topic',
  'key',
  'value',
  'partition',
  'timestamp',
  'headers',
]

/** Fields of other records that people have at hand, and what to do with them. */
const FOREIGN: Readonly<Record<string, string>> = {
  messages:
    "that is KafkaJS's shape: call send for each message, as a record { topic, key, value, headers }; " +
    'what is sent in one turn of the event loop travels together',
  offset:
    'the log assigns it; to pass a consumed record on, name what is to be sent: ' +
    '{ topic, key: record.key, value: record.value, headers: record.headers }',
}

/**
 * Checks that a record has no field but those that there are: a typo in an optional one would send it
 * without. Allocates nothing.
 *
 * @param fields For the message: those that there are.
 * @throws RinglogError INVALID_REQUEST that names the field, and what was meant.
 */
export function checkNames(record: object, fields: readonly string[]): void {
  for (const name in record) {
    if (isField(name)) continue
    // What a class or a prototype of the user's brings along is nobody's typo.
    if (Object.hasOwn(record, name)) throw unknownField(record, name, fields)
  }
}

/** Compared one by one: the names are constants, so that costs less than to look one up. */
function isField(name: string): boolean {
  return (
    name === 'topic' ||
    name === 'key' ||
    name === 'value' ||
    name === 'partition' ||
    name === 'timestamp' ||
    name === 'headers'
  )
}

function unknownField(record: object, name: string, fields: readonly string[]): RinglogError {
  if (Array.isArray(record)) {
    return new RinglogError(
      'INVALID_REQUEST',
      `a record must be an object, got an array of ${record.length}: give them one by one; what is sent in ` +
        'one turn of the event loop travels together',
    )
  }
  const instead = Object.hasOwn(FOREIGN, name) ? FOREIGN[name]! : optionsInPlaceOf(name, fields)
  return new RinglogError('INVALID_REQUEST', `${name} is not a field of a record; ${instead}`, {
    details: { field: name },
  })
}
