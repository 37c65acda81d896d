/**
 * Consumer worker threads: poll, handle, commit.
 *
 * @module @ringlog/consumer-pool
 */
export { ConsumerPool, type PoolCallOptions } from './pool/consumer-pool.ts'
export type { ConsumerPoolConfig } from './pool/config.ts'
export type { BatchContext, HandlerContext, HandlerModule } from './handling/handler-context.ts'
export type { HandlerConsumer } from './handling/handler-guard.ts'
export type { PoolEvent } from './pool/pool-events.ts'
export type { ConsumerPoolMetrics, ThreadMetrics } from './pool/pool-metrics.ts'
