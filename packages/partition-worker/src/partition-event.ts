import type { BlockedEvent, EvictedEvent } from '@ringlog/core/internal'

/** What a partition worker tells its host of, without being asked. */
export type PartitionEvent =
  | { readonly type: 'blocked'; readonly event: BlockedEvent }
  | { readonly type: 'evicted'; readonly event: EvictedEvent }

/** Takes an event: cheap, and never throws. */
export type SendPartitionEvent = (event: PartitionEvent) => void
