import type { WireError } from '../errors/error-wire.ts'

/** How long an append may take. */
export interface AppendDeadline {
  /**
   * On the clock of `monotonicMs`. A request that is reached later is answered REQUEST_TIMED_OUT and
   * never appended; time spent waiting for room does not count.
   */
  requestDeadlineMs: number
  /** Since when its records wait for room, on the same clock: also behind others, before they left. */
  waitingSinceMs: number
  /** How long they may wait for room in a full ring, from `waitingSinceMs` on. */
  maxBlockMs: number
}

/** One batch on its way to a partition. The buffer is transferred, and comes back with the answer. */
export interface AppendRequest extends AppendDeadline {
  buffer: ArrayBuffer
  /** Bytes of the batch; the rest of the buffer is unused. */
  sizeBytes: number
}

/** What became of a batch. */
export interface AppendResult {
  /** Offset of the batch's first record. */
  baseOffset: number
  /** The time of the append where the topic stamps records itself; -1 otherwise. */
  logAppendTimeMs: number
}

/** The answer to an append: the buffer comes back in any case, so errors are data here. */
export type AppendAnswer =
  (AppendResult & { error: null; buffer: ArrayBuffer }) | { error: WireError; buffer: ArrayBuffer }

/** What a partition worker offers to a producer, on a port of their own. */
export interface PartitionService {
  append(request: AppendRequest): AppendAnswer | Promise<AppendAnswer>
}
