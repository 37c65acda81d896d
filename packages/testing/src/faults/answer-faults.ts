import {
  durationMsOption,
  integerOption,
  type LogClient,
  type TopicPartition,
} from '@ringlog/core/internal'
import { checkArgument } from './check-argument.ts'
import { injectFault, type InjectedFault } from './injected-fault.ts'

/**
 * Lets every answer of a partition's worker to its producers arrive late: acknowledgements, though the records
 * are in the log and can be read, and refusals. Lasts until it is lifted; late answers arrive then.
 *
 * ```ts
 * using late = await delayAcks(broker, { topic: 'orders', partition: 0 }, 200)
 * await producer.send({ topic: 'orders', value: 'paid' }) // takes 200 ms
 * ```
 *
 * @param client A broker, or any client of it.
 * @param ms By how long: 1 to 2,147,483,647. Where several delays are in force, the longest counts.
 * @throws RinglogError INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE, BROKER_CLOSED.
 */
export async function delayAcks(
  client: LogClient,
  partition: TopicPartition,
  ms: number,
): Promise<InjectedFault> {
  checkArgument('delayAcks()', 'ms', durationMsOption(1, 1), ms)
  return injectFault(client, partition, { type: 'delayAcks', ms })
}

/**
 * Drops the next answers of a partition's worker to its producers: the records are in the log, and their
 * producer never hears of it. An idempotent producer sends them again, and is told where they have been all
 * along; another producer fails them, with `isMaybeAppended` in the error's details. It gives an answer up
 * after `requestTimeoutMs`, `maxBlockMs` (the worker may wait for room) and a second; by a lane after twice that
 * at the most.
 *
 * By a lane answers come in order, as on a connection of Kafka's: none arrives behind one that was dropped
 * until the producer, when the time is over, opens another lane.
 *
 * ```ts
 * const producer = new Producer(broker, { requestTimeoutMs: 100, maxBlockMs: 100 })
 * await dropAcks(broker, { topic: 'orders', partition: 0 }, 1)
 * await producer.send({ topic: 'orders', value: 'paid' }) // once in the log, though sent twice
 * ```
 *
 * @param client A broker, or any client of it.
 * @param count How many, at least 1.
 * @throws RinglogError INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE, BROKER_CLOSED.
 */
export async function dropAcks(
  client: LogClient,
  partition: TopicPartition,
  count: number,
): Promise<InjectedFault> {
  checkArgument('dropAcks()', 'count', integerOption(1, { min: 1 }), count)
  return injectFault(client, partition, { type: 'dropAcks', count })
}
