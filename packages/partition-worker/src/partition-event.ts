import type { BlockedEvent, EvictedEvent } from '@ringlog/core/internal'

/** A message that a partition worker posts to its host by itself. */
export type PartitionEvent =
  | { readonly type: 'blocked'; readonly event: BlockedEvent }
  | { readonly type: 'evicted'; readonly event: EvictedEvent }

/** Takes an event: cheap, and never throws. */
export type SendPartitionEvent = (event: PartitionEvent) => void
