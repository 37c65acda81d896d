import {
  RinglogError,
  partitionName,
  type AppendListener,
  type RinglogErrorCode,
} from '@ringlog/core/internal'
import { errorOfNumber, isLastingError } from '../connection/cluster-errors.ts'
import type { ProducedPartition } from './produce-api.ts'
import { UNKNOWN_PRODUCER_ID } from '../connection/error-numbers.ts'

/** Of a batch whose offset the broker does not remember any more, or that nobody was asked about. */
export const UNKNOWN_OFFSET = -1
const NO_APPEND_TIME = -1

const DUPLICATE_SEQUENCE_NUMBER = 46

/** The batch was appended, but for `acks` `"all"` not by enough brokers in time; or it may have been. */
const MAYBE_APPENDED_CODES: ReadonlySet<RinglogErrorCode> = new Set([
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  // Also of a leader that has appended it, and then lost its office while it waited for the others.
  'NOT_LEADER_OR_FOLLOWER',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_SERVER_ERROR',
])

/** What is known of the partition has proved wrong. */
const METADATA_CODES: ReadonlySet<RinglogErrorCode> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_ID',
  'KAFKA_STORAGE_ERROR',
  'NETWORK_EXCEPTION',
  'BROKER_NOT_AVAILABLE',
])

/** Whether the error says that another broker leads the partition, or that none can be reached there. */
export function isOfMetadata({ code }: RinglogError): boolean {
  return METADATA_CODES.has(code)
}

/**
 * Whether a batch that was refused with this error, or lost with it, may be appended at the next attempt.
 *
 * Source: the subclasses of `RetriableException` in Apache Kafka, `common/errors`.
 */
export function isRetriable(error: RinglogError): boolean {
  return error.retriable && !isLastingError(error)
}

/** The error of a partition's answer; `null`: its batch is in the log. */
export function errorOf(answer: ProducedPartition): RinglogError | null {
  const { errorNumber, errorMessage, topic, partition } = answer
  if (errorNumber === 0 || errorNumber === DUPLICATE_SEQUENCE_NUMBER) return null
  const details = { topic, partition }
  if (errorNumber === UNKNOWN_PRODUCER_ID) {
    // The log has forgotten the producer: for the numbers of batches, the same as a gap.
    const message = `partition ${partitionName(topic, partition)} does not know the producer any more`
    return new RinglogError('OUT_OF_ORDER_SEQUENCE_NUMBER', message, { details })
  }
  const { code, message, details: more } = errorOfNumber(errorNumber, errorMessage)
  const at = `partition ${partitionName(topic, partition)}`
  return new RinglogError(code, `${at}: ${message}`, { details: { ...more, ...details } })
}

/** Tells a batch's listener what the broker said of it. */
export function tell(
  listener: AppendListener,
  buffer: ArrayBuffer,
  answer: ProducedPartition,
  error: RinglogError | null,
): void {
  if (error === null) {
    const { baseOffset, logAppendTimeMs } = answer
    listener.onAnswer({ error, buffer, baseOffset, logAppendTimeMs })
  } else if (MAYBE_APPENDED_CODES.has(error.code)) listener.onNoAnswer(error)
  else listener.onAnswer({ error, buffer })
}

/** Tells the listener of a batch that is on its way to a broker which answers nothing. */
export function tellSent(listener: AppendListener, buffer: ArrayBuffer): void {
  const nothing = { baseOffset: UNKNOWN_OFFSET, logAppendTimeMs: NO_APPEND_TIME }
  listener.onAnswer({ error: null, buffer, ...nothing })
}
