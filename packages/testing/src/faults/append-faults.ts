import {
  choiceOption,
  integerOption,
  type LogClient,
  type TopicPartition,
} from '@ringlog/core/internal'
import { checkArgument, checkOptionNames } from './check-argument.ts'
import { injectFault, type InjectedFault } from './injected-fault.ts'

/** The codes with which `failAppends` can refuse: those with which a log does. */
export const APPEND_ERROR_CODES = [
  'BUFFER_FULL',
  'CORRUPT_MESSAGE',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'MESSAGE_TOO_LARGE',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_SERVER_ERROR',
  'UNSUPPORTED_COMPRESSION_TYPE',
] as const

/** One of `APPEND_ERROR_CODES`. */
export type AppendErrorCode = (typeof APPEND_ERROR_CODES)[number]

/** What `failAppends` does. */
export interface FailAppendsOptions {
  /** What the appends fail with. */
  code: AppendErrorCode
  /** How many appends, each of a batch, fail. Default 1. */
  times?: number | undefined
}

/**
 * Has a partition refuse the next batches. They are not in the log; whether their producer sends them again
 * is the code's affair.
 *
 * ```ts
 * await failAppends(broker, { topic: 'orders', partition: 0 }, { code: 'MESSAGE_TOO_LARGE' })
 * await producer.send({ topic: 'orders', value: 'paid' }) // rejects with MESSAGE_TOO_LARGE
 * ```
 *
 * @param client A broker, or any client of it.
 * @throws RinglogError INVALID_REQUEST, for a code that is none of `APPEND_ERROR_CODES` too;
 *   UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE, BROKER_CLOSED.
 */
export async function failAppends(
  client: LogClient,
  partition: TopicPartition,
  options: FailAppendsOptions,
): Promise<InjectedFault> {
  const call = 'failAppends()'
  checkOptionNames(call, options, ['code', 'times'])
  const { code, times = 1 } = options
  checkArgument(call, 'code', choiceOption(APPEND_ERROR_CODES[0], APPEND_ERROR_CODES), code)
  checkArgument(call, 'times', integerOption(1, { min: 1 }), times)
  return injectFault(client, partition, { type: 'failAppends', code, times })
}

/**
 * Alters the next batch on its way to a partition's log, which finds that and refuses it with CORRUPT_MESSAGE.
 * The producer still has the batch as it was, and sends it again, as Kafka's does.
 *
 * ```ts
 * const corruption = await corruptNextBatch(broker, { topic: 'orders', partition: 0 })
 * await producer.send({ topic: 'orders', value: 'paid' }) // at the second attempt
 * await corruption.struck()
 * ```
 *
 * @param client A broker, or any client of it.
 * @throws RinglogError INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE, BROKER_CLOSED.
 */
export async function corruptNextBatch(
  client: LogClient,
  partition: TopicPartition,
): Promise<InjectedFault> {
  return injectFault(client, partition, { type: 'corruptNextBatch' })
}
