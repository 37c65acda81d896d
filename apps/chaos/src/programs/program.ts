import type {
  ConsumerConfig,
  ConsumerPoolConfig,
  ProducerConfig,
  TopicConfig,
  TopicPartition,
} from 'ringlog'
import type { AppendErrorCode, PartitionWorkerStep } from 'ringlog/testing'

/**
 * A random program: plain data, so that it can be written down, run again and made smaller.
 *
 * Actors repeat their actions, in order, until the program's time is over; then they close what they
 * opened, and a drain looks at what is left in the log.
 */
export interface Program {
  readonly seed: number
  /** Which of the seed's programs it is. */
  readonly index: number
  readonly runMs: number
  readonly broker: BrokerSpec
  readonly topics: readonly TopicSpec[]
  readonly groups: readonly GroupSpec[]
  readonly threads: readonly ThreadSpec[]
  readonly administration: readonly AdminAction[]
  /** In the order of their times. */
  readonly faults: readonly FaultAction[]
}

export interface BrokerSpec {
  /** Whose thread starts the broker: the process's main thread, or another. */
  readonly thread: 'main' | 'own'
  /** When that other thread is terminated; `null`: never. */
  readonly killAtMs: number | null
}

export interface TopicSpec {
  readonly name: string
  readonly config: TopicConfig
  /** Whether it is deleted and made again while the program runs. */
  readonly isMortal: boolean
}

export interface GroupSpec {
  readonly id: string
  readonly topics: readonly string[]
  /** That of all its members: a built-in one, or `swapping`, a module of the programs' own. */
  readonly assignor: 'sticky' | 'range' | 'roundRobin' | 'swapping'
  readonly autoOffsetReset: 'earliest' | 'latest'
  /**
   * Whether nobody moves the group on by hand: then every record that its topics acknowledged must
   * reach one of its members.
   */
  readonly isStrict: boolean
}

export interface ThreadSpec {
  readonly name: string
  /** The process's main thread, or one of its own. */
  readonly isMain: boolean
  readonly startAtMs: number
  /** When it is terminated, in the middle of anything; `null`: never. */
  readonly killAtMs: number | null
  readonly actors: readonly ActorSpec[]
}

export type ActorSpec = ProducerSpec | ConsumerSpec | PoolSpec

export interface ProducerSpec {
  readonly kind: 'producer'
  readonly name: string
  readonly config: Pick<
    ProducerConfig,
    | 'transport'
    | 'acks'
    | 'partitioner'
    | 'batchSizeBytes'
    | 'lingerMs'
    | 'bufferMemoryBytes'
    | 'maxInFlight'
    | 'maxBlockMs'
    | 'requestTimeoutMs'
    | 'deliveryTimeoutMs'
    | 'retryBackoffMs'
    | 'idempotence'
    | 'compression'
  >
  /** What `onDeliveryError` does. */
  readonly onFailure: ProducerReaction
  readonly actions: readonly ProducerAction[]
  readonly end: 'close' | 'leave'
}

/** A producer's listener calls the producer again, or throws. */
export type ProducerReaction = 'nothing' | 'send' | 'tryWrite' | 'flush' | 'throw'

export type ProducerAction =
  | {
      readonly do: 'send' | 'write' | 'tryWrite'
      readonly topic: string
      readonly count: number
      readonly valueBytes: number
      /** A partition, a key of so many, or neither. */
      readonly to: { readonly partition: number } | { readonly keys: number } | null
      /** With `send`: whether the answers are awaited before the next action. */
      readonly isAwaited: boolean
    }
  | { readonly do: 'flush'; readonly timeoutMs: number }
  | { readonly do: 'drained'; readonly timeoutMs: number }
  | { readonly do: 'reopen' }
  | PauseAction

/** Waits, or keeps the thread busy. */
export type PauseAction = { readonly do: 'sleep' | 'block'; readonly ms: number }

export interface ConsumerSpec {
  readonly kind: 'consumer'
  readonly name: string
  readonly config: Pick<
    ConsumerConfig,
    | 'groupId'
    | 'groupInstanceId'
    | 'autoOffsetReset'
    | 'autoCommit'
    | 'autoCommitIntervalMs'
    | 'gating'
    | 'maxPollRecords'
    | 'maxPartitionFetchBytes'
    | 'maxPollIntervalMs'
    | 'sessionTimeoutMs'
  > & { readonly assignor?: GroupSpec['assignor'] }
  /** Subscribed as a member, or assigned by itself. */
  readonly reads:
    | { readonly topics: readonly string[] }
    | { readonly partitions: ReadonlyArray<{ topic: string; partition: number }> }
  readonly listener: ListenerSpec
  readonly actions: readonly ConsumerAction[]
  readonly end: 'close' | 'unsubscribe' | 'leave'
}

/** What a rebalance listener does besides writing down what it is told. */
export interface ListenerSpec {
  readonly slowMs: number
  readonly commits: boolean
  /** Which of its methods throws, every other time. */
  readonly throwsIn: 'assigned' | 'revoked' | 'lost' | null
  /** Which call that it must not make it makes all the same. */
  readonly reenters: 'poll' | 'unsubscribe' | null
}

export type ConsumerAction =
  | {
      readonly do: 'poll'
      readonly timeoutMs: number
      readonly walk: 'iterate' | 'cursor' | 'records'
      readonly commit: 'none' | 'all' | 'done'
      readonly isSync: boolean
    }
  | {
      readonly do: 'iterate' | 'stream'
      readonly count: number
      readonly commit: 'none' | 'done'
      readonly timeoutMs: number
    }
  | { readonly do: 'commit' | 'observe' | 'resubscribe' | 'reopen' | 'pause' | 'resume' }
  | { readonly do: 'seekBack' | 'commitBack'; readonly by: number }
  | { readonly do: 'seekToBeginning' | 'seekToEnd' }
  /** A poll, and meanwhile another call, as a signal's handler would make it. */
  | {
      readonly do: 'interrupt'
      readonly by: 'wakeup' | 'commit' | 'unsubscribe' | 'close'
      readonly afterMs: number
      readonly timeoutMs: number
    }
  | PauseAction

export interface PoolSpec {
  readonly kind: 'pool'
  readonly name: string
  readonly config: Pick<
    ConsumerPoolConfig,
    | 'groupId'
    | 'autoOffsetReset'
    | 'threads'
    | 'concurrency'
    | 'maxAttempts'
    | 'retryBackoffMs'
    | 'maxPollRecords'
  > & { readonly assignor?: GroupSpec['assignor'] }
  readonly topics: readonly string[]
  readonly handler: {
    readonly slowMs: number
    /** Every so many records one attempt throws; 0: never. */
    readonly failsEvery: number
    /** Where it produces a record for each that it is given; `null`: nowhere. */
    readonly output: string | null
  }
}

export type AdminAction = { readonly atMs: number } & (
  | { readonly do: 'recreate'; readonly topic: string; readonly awayMs: number }
  | { readonly do: 'addPartitions'; readonly topic: string; readonly count: number }
  | { readonly do: 'deleteRecords'; readonly topic: string; readonly partition: number }
  | { readonly do: 'resetGroup'; readonly group: string; readonly to: 'earliest' | 'latest' }
  | { readonly do: 'describe' }
)

/** What goes wrong on purpose, and when. */
export type FaultAction = { readonly atMs: number } & (
  | ({
      readonly do: 'killWorker'
      /** Where the worker's thread ends; `null`: wherever it is. */
      readonly step: PartitionWorkerStep | null
    } & AtPartition)
  | ({ readonly do: 'pauseWorker'; readonly ms: number } & AtPartition)
  | ({ readonly do: 'delayAcks'; readonly ms: number; readonly forMs: number } & AtPartition)
  | ({ readonly do: 'dropAcks'; readonly count: number } & AtPartition)
  | ({
      readonly do: 'failAppends'
      readonly code: AppendErrorCode
      readonly times: number
    } & AtPartition)
  | ({ readonly do: 'corruptBatch' } & AtPartition)
  /** The thread is terminated, and started anew. */
  | { readonly do: 'killThread'; readonly thread: string }
  | { readonly do: 'rebalance'; readonly group: string }
)

interface AtPartition {
  readonly at: TopicPartition
}
