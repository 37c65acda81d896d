import type { ThreadMetrics } from '../wire/thread-metrics.ts'

/** How a pool is, thread by thread. */
export interface ConsumerPoolMetrics {
  /** A thread that is being replaced is missing, and one whose handler does not let its event loop turn. */
  readonly threads: ThreadMetrics[]
  /** Threads that crashed and were replaced. */
  readonly restarts: number
  /** `run` calls without an answer yet. */
  readonly pendingRuns: number
}
