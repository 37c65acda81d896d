import type { LogReader } from '../ring/log-reader.ts'
import type { Doorbell } from '../concurrent/doorbell.ts'
import type { WaitStrategy } from '../concurrent/wait-strategy.ts'
import type { RinglogError } from '../errors/ringlog-error.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { GroupChange, GroupMembership, JoinGroupRequest } from './group-membership.ts'
import type { OpenPartition } from './open-partition.ts'
import type { AppendDeadline, AppendResult } from './partition-service.ts'
import type { TopicMetadata } from './topic.ts'

/**
 * What a Producer or a Consumer needs from its surroundings. The broker of this process is one
 * implementation; another log could stand behind the same Producer and Consumer.
 *
 * Thread: the client's. Every call rejects with BROKER_CLOSED once the log is closed.
 */
export interface LogEngine {
  /** The error of every later call, once the client or its broker is closed; else `null`. */
  closedError(): RinglogError | null

  /**
   * For a thread that blocks, and so is told of nothing: looks whether the log's own threads still run.
   * Where they have ended, `closedError` says so from then on.
   */
  noticeEnd(): void

  /** The file that a consumer pool's threads begin with; absent or `null`: that of the pool's package. */
  readonly poolWorkerUrl?: string | null | undefined

  /** Ties a producer or consumer to the client: closing the client closes it. Returns the untying. */
  attach(user: EngineUser): () => void

  /** Keeps the thread alive until the returned function is called: something waits. */
  keepAlive(): () => void

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

  /** Opens partitions for reading: positions are fixed, gates are up, when this resolves. */
  openPartitions(
    request: OpenPartitionsRequest,
    options?: EngineCallOptions,
  ): Promise<OpenPartition[]>

  /**
   * Gives access to partitions for a look at where they begin and end, in the order asked for: nothing
   * is held back, nobody is rung.
   */
  openReaders(
    partitions: readonly TopicPartition[],
    options?: EngineCallOptions,
  ): Promise<LogReader[]>

  /**
   * Admits a consumer to a group; resolves once all that nobody else holds at this moment is granted
   * to it.
   *
   * @throws RinglogError INVALID_REQUEST, INVALID_CONFIG when the assignor cannot be loaded or fails.
   */
  joinGroup(
    request: JoinGroupRequest,
  ): Promise<{ membership: GroupMembership; change: GroupChange }>

  /** What a group has committed on a partition; `null`: nothing. */
  committedOffset(
    groupId: string,
    partition: TopicPartition,
    options?: EngineCallOptions,
  ): Promise<number | null>

  /** Keeps what a consumer, or a member, writes beside commits that are accepted by now. */
  describeCommits(
    groupId: string,
    consumerId: string,
    commits: readonly CommitDescription[],
    options?: EngineCallOptions,
  ): Promise<void>

  /** Takes the gates of these partitions away; their rings no longer ring this consumer. */
  closePartitions(consumerId: string, partitions: readonly TopicPartition[]): Promise<void>
}

export interface EngineCallOptions {
  /** On the clock of `monotonicMs`. */
  deadlineMs?: number
  signal?: AbortSignal | undefined
}

export interface TopicLookupOptions extends EngineCallOptions {
  /** The topic is there once it has more partitions than so many. Default 0. */
  morePartitionsThan?: number
}

/** A producer or consumer, as its client sees it. */
export interface EngineUser {
  /** Sends out what is buffered; a consumer has nothing to do. */
  drain(deadlineMs: number): Promise<void>
  /** The client is closing: as if the user had called `close`. */
  close(): Promise<void>
  /** The broker is gone: everything pending fails with this error, and every later call. */
  fail(error: RinglogError): void
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

export interface OpenPartitionsRequest {
  /** Names the consumer to the log; unique in the process. */
  readonly consumerId: string
  readonly clientId: string
  readonly doorbell: Doorbell
  /** The group that it commits for; `null`: none. */
  readonly groupId: string | null
  /** Without a group: whether its positions hold a full ring back. */
  readonly isGating: boolean
  readonly partitions: ReadonlyArray<TopicPartition & { readonly start: StartPosition }>
}

/** What a consumer writes beside a commit. */
export interface CommitDescription extends TopicPartition {
  readonly offset: number
  readonly metadata: string
}

/** Where to start reading: the log's start, its end, or an offset. */
export type StartPosition = 'earliest' | 'latest' | number
