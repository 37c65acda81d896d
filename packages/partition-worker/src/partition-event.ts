import type { BlockedEvent, EvictedEvent } from '@ringlog/core/internal/partition-thread'

/** What happens to a partition that no call has asked for. */
export type PartitionEvent =
  | { readonly type: 'blocked'; readonly event: BlockedEvent }
  | { readonly type: 'evicted'; readonly event: EvictedEvent }

/** Takes an event: cheap, and never throws. */
export type SendPartitionEvent = (event: PartitionEvent) => void

/** A message that a partition worker posts to its host by itself. */
export type WorkerEvent = PartitionEvent | LaneClosed

/** The producer of a lane is gone: the lane is not served any more, by this worker or a later one. */
export interface LaneClosed {
  readonly type: 'laneClosed'
  readonly laneId: string
}
