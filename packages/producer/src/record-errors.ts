import { RinglogError } from '@ringlog/core/internal'

/** @param fullError Of a log without room, also of another topic, where that may be why; `null`: none is known. */
export function bufferFull(
  topic: string,
  bufferMemoryBytes: number,
  fullError: RinglogError | null,
): RinglogError {
  const remedy = fullError?.message ?? 'await drained() when write returns false'
  const reason = fullError === null ? {} : { cause: fullError }
  const details = fullError?.details['topic'] === topic ? fullError.details : {}
  return new RinglogError(
    'BUFFER_FULL',
    `the producer's memory is used up by records that are not acknowledged yet: topic=${topic}, ` +
      `bufferMemoryBytes=${bufferMemoryBytes}; ${remedy}`,
    { details: { ...details, topic, bufferMemoryBytes }, ...reason },
  )
}

/** @param sizeBytes As a batch of its own, before compression: what counts, as in Kafka's client. */
export function tooLarge(
  topic: string,
  sizeBytes: number,
  maxMessageBytes: number,
  bufferMemoryBytes: number,
): RinglogError {
  return new RinglogError(
    'MESSAGE_TOO_LARGE',
    `record is too large: topic=${topic}, sizeBytes=${sizeBytes} as a batch of its own, ` +
      `maxMessageBytes=${maxMessageBytes}, bufferMemoryBytes=${bufferMemoryBytes}`,
    { details: { topic, sizeBytes, maxMessageBytes, bufferMemoryBytes } },
  )
}

/** Why a record was given up that was in no batch yet. */
export function notSent(topic: string, reason: RinglogError): RinglogError {
  return new RinglogError(
    reason.code,
    `${reason.message}: topic=${topic}; the record was not sent`,
    {
      details: { ...reason.details, topic, isMaybeAppended: false },
      cause: reason,
    },
  )
}
