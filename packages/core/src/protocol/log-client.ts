import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { BrokerAddress } from './broker-address.ts'
import type { BrokerMetrics } from './broker-metrics.ts'
import type { ConsumerEngine } from './consumer-engine.ts'
import type { EngineBase } from './engine.ts'
import type { GroupDescription, ResetTarget } from './group.ts'
import type { ProducerEngine } from './producer-engine.ts'
import type { TopicConfig } from './topic-config.ts'
import type { PartitionOffsets, TopicDescription } from './topic.ts'

/** The calls that manage topics. */
export interface Admin {
  /**
   * Creates a topic and starts its partition workers; resolves when all of them are ready.
   *
   * @throws RinglogError INVALID_TOPIC_EXCEPTION, TOPIC_ALREADY_EXISTS, INVALID_CONFIG,
   *   INVALID_PARTITIONS, WORKER_CRASHED when a worker did not start.
   */
  createTopic(topic: string, config?: TopicConfig): Promise<TopicDescription>
  /**
   * Deletes a topic with all its records. Its partition workers end; appends under way, and readers,
   * get UNKNOWN_TOPIC_OR_PARTITION. When this resolves, the name can be used again, for a topic that
   * has nothing to do with the old one and starts at offset 0.
   *
   * The memory is given back once no producer or consumer has the topic open any more.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION.
   */
  deleteTopic(topic: string): Promise<void>
  /**
   * Adds partitions to a topic; resolves when they can be written to and read. Producers take them
   * into account at once: from then on keys may go to another partition than before, as in Kafka.
   *
   * @param count How many partitions the topic is to have in all: more than it has.
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS, WORKER_CRASHED when a worker
   *   did not start; the topic is then as it was.
   */
  createPartitions(topic: string, count: number): Promise<void>
  /** The names of all topics, in alphabetical order. */
  listTopics(): Promise<string[]>
  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  describeTopic(topic: string): Promise<TopicDescription>
  /**
   * Deletes the records of a partition that lie before an offset, whether or not anyone has read them:
   * its log starts there from now on, and blocked appends go on. An offset before the log's start
   * changes nothing. A consumer whose position is deleted gets its reset policy.
   *
   * @param beforeOffset The first offset to keep; -1: the end, so that nothing is kept.
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, PARTITION_OFFLINE; OFFSET_OUT_OF_RANGE past the
   *   end of the log; INVALID_REQUEST for what is no offset.
   */
  deleteRecords(p: TopicPartition, beforeOffset: number): Promise<void>
  /**
   * Where each partition stands, and a group on it. Without a group, or with one that there is not,
   * nothing is committed: -1 and `null`.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_GROUP_ID.
   */
  offsets(topic: string, groupId?: string): Promise<PartitionOffsets[]>
  /** How the broker, its topics and their partitions are, and what they have counted. */
  metrics(): Promise<BrokerMetrics>
  /** The ids of all groups that have members or offsets, in alphabetical order. */
  listGroups(): Promise<string[]>
  /** @throws RinglogError GROUP_ID_NOT_FOUND, INVALID_GROUP_ID. */
  describeGroup(groupId: string): Promise<GroupDescription>
  /**
   * Forgets a group with its offsets: it holds no ring back any more.
   *
   * @throws RinglogError GROUP_ID_NOT_FOUND, INVALID_GROUP_ID; NON_EMPTY_GROUP while a consumer of it
   *   is live.
   */
  deleteGroup(groupId: string): Promise<void>
  /**
   * Sets the committed offsets of a group that is not in use.
   *
   * @throws RinglogError GROUP_ID_NOT_FOUND, INVALID_GROUP_ID, INVALID_REQUEST,
   *   UNKNOWN_TOPIC_OR_PARTITION; NON_EMPTY_GROUP while a consumer of it is live. Nothing is set then.
   */
  resetGroupOffsets(groupId: string, to: ResetTarget): Promise<void>
}

/** A connection to a broker, from one thread: what producers and consumers are made on. */
export interface LogClient extends Admin, AsyncDisposable {
  readonly address: BrokerAddress
  /**
   * Closes the producers and consumers made on it; the thread can then end by itself. Idempotent.
   *
   * @throws What closing one of them rejects with: records that were not delivered, of which no other call
   *   has said so. The client is closed all the same.
   */
  close(): Promise<void>
}

/** The log behind a client, which serves producers and consumers. */
export interface LogEngine extends ProducerEngine, ConsumerEngine {}

/** Where a client keeps its engine; a symbol of the process, so that copies of this package agree. */
export const LOG_ENGINE: unique symbol = Symbol.for('ringlog.engine') as typeof LOG_ENGINE

/** A client as the producer and consumer packages see it; the engine may serve only one of them. */
export interface EngineHolder<E extends EngineBase = LogEngine> {
  readonly [LOG_ENGINE]: E
}

/** @throws RinglogError INVALID_REQUEST when `client` is not one of ours. */
export function engineOf<E extends EngineBase = LogEngine>(client: LogClient | EngineHolder<E>): E {
  const engine = (client as Partial<EngineHolder<E>> | null | undefined)?.[LOG_ENGINE]
  if (engine !== undefined) return engine
  throw new RinglogError(
    'INVALID_REQUEST',
    `a client must come from Broker.start() or connect(), got ${
      (client as unknown) instanceof Promise
        ? 'a promise of something: await it first'
        : show(client)
    }`,
  )
}
