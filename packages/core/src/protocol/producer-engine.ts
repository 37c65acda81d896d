import type { WaitStrategy } from '../concurrent/wait-strategy.ts'
import type { RinglogError } from '../errors/ringlog-error.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { EngineBase, EngineCallOptions } from './engine.ts'
import type { AppendDeadline, AppendResult } from './partition-service.ts'
import type { TopicMetadata } from './topic.ts'

/** The log as a Producer sees it. */
export interface ProducerEngine extends EngineBase {
  /**
   * Resolves once the topic exists, and has as many partitions as asked for;
   * UNKNOWN_TOPIC_OR_PARTITION where it does not by the deadline.
   */
  topicMetadata(topic: string, options: TopicLookupOptions): Promise<TopicMetadata>

  /** The names of all topics, in alphabetical order. */
  topicNames(): Promise<string[]>

  /** A producer id of its own, for a producer that numbers its batches. */
  producerIdentity(options?: EngineCallOptions): Promise<ProducerIdentity>

  /**
   * Opens a way to a partition's log.
   *
   * @param producer The same object in all calls of one producer: what the engine keeps for a producer,
   *   such as the memory that its ways may take, it keeps by that.
   */
  openAppender(
    partition: TopicPartition,
    producer: ProducerDescription,
    options?: EngineCallOptions,
  ): Promise<PartitionAppender>

  /**
   * Whether `openAppender` or `producerIdentity` may succeed at the next attempt after it has failed with
   * this error.
   */
  isRetriable(error: RinglogError): boolean
}

export interface TopicLookupOptions extends EngineCallOptions {
  /** The topic is there once it has more partitions than so many. Default 0. */
  morePartitionsThan?: number
}

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A producer, with what of its configuration its ways to the log depend on. */
export interface ProducerDescription {
  /** For messages. */
  readonly clientId: string
  /** Kafka's: whether it waits for acknowledgements, and whose. */
  readonly acks: 0 | 1 | 'all'
  readonly transport: 'auto' | 'shared' | 'rpc'
  /** The size of a normal batch. */
  readonly batchSizeBytes: number
  /** The memory that its unacknowledged records take, and what its ways to the log take beside that. */
  readonly bufferMemoryBytes: number
  /** How many batches of one partition it sends at a time; `null`: as many as the appender says. */
  readonly maxInFlight: number | null
  /** How its thread waits for answers, where it does not learn of them by messages. */
  readonly waitStrategy: WaitStrategy
}

/** A way to one partition's log: what differs between transports. */
export interface PartitionAppender {
  /** How many batches may be on their way at a time; `null`: as many as the producer likes. */
  readonly maxInFlight: number | null

  /**
   * Whether batches that are on their way when it is closed may be answered much later, over a network. Absent: they are
   * answered as lost soon.
   */
  readonly answersLate?: boolean

  /** It takes nothing more: the next batch needs another one. */
  readonly isLost: boolean

  /** Whether a batch that was refused with this error, or lost with it, may be appended at the next attempt. */
  isRetriable(error: RinglogError): boolean

  /**
   * Hands over a batch. Batches arrive in the order of the calls; several may be under way.
   *
   * @param buffer Not to be touched until the listener is given one back.
   */
  append(
    buffer: ArrayBuffer,
    sizeBytes: number,
    deadline: AppendDeadline,
    listener: AppendListener,
  ): void

  /**
   * Passes the answers that are there to their listeners before it returns. As the event loop turns they
   * come by themselves; a producer whose thread does not let it turn collects them.
   */
  collect(): void

  close(): void
}

/** Is called once for a batch that was handed over. */
export interface AppendListener {
  onAnswer(outcome: AppendOutcome): void
  /**
   * No answer came, and whether the batch was appended is not known: PARTITION_OFFLINE,
   * BROKER_CLOSED, REQUEST_TIMED_OUT, UNKNOWN_TOPIC_OR_PARTITION. The buffer may be lost: detached.
   */
  onNoAnswer(error: RinglogError): void
}

/** What became of a batch, and memory to go on with. */
export type AppendOutcome =
  | (AppendResult & { error: null; buffer: ArrayBuffer })
  | {
      error: RinglogError
      buffer: ArrayBuffer
      /** Nothing is wrong with this one: one before it was refused, so it was not looked at. */
      isBehindRefused?: boolean
      /** It has not left: the way to the log is closed. */
      isNotSent?: boolean
    }
