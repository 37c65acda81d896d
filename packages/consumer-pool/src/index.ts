/**
 * Consumer worker threads: poll, handle, commit.
 *
 * @module @ringlog/consumer-pool
 */
export { ConsumerPool, type PoolCallOptions } from './consumer-pool.ts'
export type { ConsumerPoolConfig } from './config.ts'
export type { BatchContext, HandlerContext, HandlerModule } from './handler-context.ts'
export type { HandlerConsumer } from './handler-guard.ts'
export type { PoolEvent } from './pool-events.ts'
export type { ConsumerPoolMetrics, ThreadMetrics } from './pool-metrics.ts'
