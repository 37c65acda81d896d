import type { HandlerQueue } from './handler-queue.ts'
import type { PartitionWork } from './partition-work.ts'

/**
 * Keeps track of which handlers run, where somebody survives the thread that they run in, and has to know
 * which record has taken it down: a pool does.
 */
export interface HandlerTracing {
  /** Whether a handler may be begun at once. */
  readonly isFree: boolean
  /** A slot, for one attempt after the other with records of one partition; `null`: all are in use. */
  takeSlot(work: PartitionWork): number | null
  leaveSlot(slot: number, work: PartitionWork): void
  /** Right before a handler is called, while `isFree`. */
  begin(slot: number, offset: number, endOffset: number, attempt: number): void
  /**
   * Begins the attempt at the first record of a queue, and those up to `endOffset`, as soon as it may; returns
   * whether it has: not where `isOver` came to hold before.
   */
  beginInTurn(queue: HandlerQueue, endOffset: number, isOver: () => boolean): Promise<boolean>
  /** The handler that has begun last is done with its record, and is about to be called with the next one. */
  next(slot: number, offset: number): void
  /** The first records of a batch are done. */
  advance(slot: number, offset: number): void
  /** The handler has ended well; the next may begin. */
  end(slot: number): void
  /** The handler has failed; the next may begin, and these records may be tried again. */
  fail(slot: number): void
  /** Resolves when what a suspect's handler has left behind has had its time to take the thread down. */
  suspectHasRun(): Promise<void>
  /** Looks up what is known of these partitions' records, from threads that had them before. */
  prepare(works: readonly PartitionWork[]): Promise<void>
}

/** For a thread that nobody survives, or outlives for its sake: nothing is written down. */
export const UNTRACED: HandlerTracing = {
  isFree: true,
  takeSlot: () => 0,
  leaveSlot: () => undefined,
  begin: () => undefined,
  beginInTurn: (_queue, _endOffset, isOver) => Promise.resolve(!isOver()),
  next: () => undefined,
  advance: () => undefined,
  end: () => undefined,
  fail: () => undefined,
  suspectHasRun: () => Promise.resolve(),
  prepare: () => Promise.resolve(),
}
