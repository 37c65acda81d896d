import type { HandlingEvent } from '../handling/handling-events.ts'

/**
 * Published on the diagnostics channel `ringlog:pool`, in the thread that has the pool. `threadReplaced`: a thread
 * has crashed, and another is started in its place. `partitionBroken`: one partition is no longer read, the others
 * are.
 */
export type PoolEvent = HandlingEvent<PoolTrouble>

/**
 * What a pool goes on after.
 *
 * @inline
 */
export type PoolTrouble = 'threadReplaced' | 'partitionBroken'
