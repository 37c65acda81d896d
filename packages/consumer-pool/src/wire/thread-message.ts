import type { ConsumerConfig } from '@ringlog/consumer'
import type { ClientHandle, TopicPartition, WireError, WireValue } from '@ringlog/core/internal'
import type { MessagePort } from 'node:worker_threads'
import type { RetryConfig } from '../handling/retries.ts'
import type { WireCrash } from './crash-reports.ts'
import type { ThreadMetrics } from './thread-metrics.ts'

/** The task of a pool thread: one loop, until the pool stops it. Plain data. */
export interface ThreadStart extends RetryConfig {
  readonly poolId: string
  readonly threadIndex: number
  readonly handle: ClientHandle
  readonly consumer: ConsumerConfig & { readonly groupId: string }
  readonly topics: string[] | RegExp
  /** The URL of the handler module. */
  readonly handler: string
  readonly data: unknown
  readonly concurrency: 'partition' | 'key'
  readonly port: MessagePort
  /** See `AttemptLedger`. */
  readonly ledger: SharedArrayBuffer
  readonly crashes: readonly WireCrash[]
}

/** From the pool to a thread. */
export type PoolMessage =
  | { readonly type: 'stop' }
  | { readonly type: 'abort'; readonly reason: WireValue }
  | { readonly type: 'metrics' }
  | { readonly type: 'crashed'; readonly crash: WireCrash }

/** From a thread to its pool. */
export type ThreadMessage =
  | { readonly type: 'ready' }
  | RunAnswer
  | RunValues
  /** The thread stops; posted at once, before it waits for the handlers that still run. */
  | { readonly type: 'failed'; readonly error: WireError }
  /** Nothing more can be read of a partition; the thread goes on with the others. */
  | { readonly type: 'broken'; readonly error: WireError }
  /** All partitions that it has now: the ledger has them by number. */
  | { readonly type: 'assigned'; readonly partitions: readonly TopicPartition[] }
  | { readonly type: 'metrics'; readonly metrics: ThreadMetrics }

/** What became of a record that was given to `run`. */
export interface RunAnswer {
  readonly type: 'answer'
  readonly runId: number
  readonly value: unknown
  /** What the handler threw; `null`: nothing. */
  readonly error: WireValue | null
}

/** Whether something that was posted is such an answer; its error may be anything: see `decodeThrown`. */
export function isRunAnswer(message: unknown): message is RunAnswer {
  const { type, runId, error } = (message ?? {}) as Partial<RunAnswer>
  return type === 'answer' && Number.isSafeInteger(runId) && error !== undefined
}

/** The answers of several runs, none of them an error: one message costs as much as another. */
export interface RunValues {
  readonly type: 'values'
  readonly runIds: readonly number[]
  readonly values: readonly unknown[]
}

/**
 * The channel of a pool for answers from the threads of other pools: one of the same group may be given
 * the record.
 */
export function answerChannelName(poolId: string): string {
  return `ringlog.run.${poolId}`
}
