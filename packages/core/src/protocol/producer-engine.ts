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
   * @param laneBytes For a way through shared memory: how large, a power of two. `null`: by RPC alone.
   */
  openAppender(
    partition: TopicPartition,
    producer: ProducerDescription,
    laneBytes: number | null,
    options?: EngineCallOptions,
  ): Promise<PartitionAppender>
}

export interface TopicLookupOptions extends EngineCallOptions {
  /** The topic is there once it has more partitions than so many. Default 0. */
  morePartitionsThan?: number
}

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** Who appends, for messages. */
export interface ProducerDescription {
  readonly clientId: string
}

/** A way to one partition's log: what differs between transports. */
export interface PartitionAppender {
  /** How many batches may be on their way at a time; `null`: as many as the producer likes. */
  readonly maxInFlight: number | null

  /** How this thread waits for answers that come through shared memory. */
  waitStrategy: WaitStrategy

  /** It takes nothing more: the next batch needs another one. */
  readonly isLost: boolean

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
   * Tells listeners, before it returns, of the answers that are there. They are told anyway as the
   * event loop turns; this is for whoever works on without letting it.
   */
  collect(): void

  close(): void
}

/** Told, once, what became of a batch. */
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
