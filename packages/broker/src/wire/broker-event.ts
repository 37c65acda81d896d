import type {
  BlockedEvent,
  EvictedEvent,
  LogTruncatedEvent,
  PartitionRestartEvent,
  RebalanceEvent,
  TopicPartition,
  WireError,
} from '@ringlog/core/internal'
import type { BlockedState } from '@ringlog/partition-worker'

/** What is published on `node:diagnostics_channel` as `ringlog:<name>`, by name. */
export interface DiagnosticsEvents {
  blocked: BlockedEvent
  evicted: EvictedEvent
  rebalance: RebalanceEvent
  'partition:restart': PartitionRestartEvent
  'log:truncated': LogTruncatedEvent
}

/** What the controller posts to the thread that started the broker: one way, without an answer. */
export type BrokerEvent =
  | { readonly type: 'error'; readonly error: WireError }
  | { readonly type: 'slowClose'; readonly slowClose: SlowClose }
  | {
      [Name in keyof DiagnosticsEvents]: {
        readonly type: 'diagnostics'
        readonly name: Name
        readonly event: DiagnosticsEvents[Name]
      }
    }[keyof DiagnosticsEvents]

/** What a broker that takes its time to close waits for. */
export interface SlowClose {
  readonly waitedMs: number
  /** What is left until the records that are not sent are failed. */
  readonly leftMs: number
  /** Clients that have not sent everything. */
  readonly clientCount: number
  readonly blocked: ReadonlyArray<TopicPartition & BlockedState>
}
