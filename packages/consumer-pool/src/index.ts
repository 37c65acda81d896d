/**
 * Poll, handle, commit: in the calling thread by `runConsumer`, in worker threads by `ConsumerPool`.
 *
 * @module @ringlog/consumer-pool
 */
export { ConsumerPool, type PoolCallOptions } from './pool/consumer-pool.ts'
export type { ConsumerPoolConfig } from './pool/config.ts'
export type { BatchContext, HandlerContext, HandlerModule } from './handling/handler-context.ts'
export { defineHandler } from './handling/define-handler.ts'
export type { HandlerConsumer } from './handling/handler-guard.ts'
export type { PoolEvent } from './pool/pool-events.ts'
export type { ConsumerPoolMetrics } from './pool/pool-metrics.ts'
export type { ThreadMetrics } from './wire/thread-metrics.ts'
export { runConsumer } from './runner/run-consumer.ts'
export type { ConsumerRunner, RunnerCallOptions, RunnerEvent } from './runner/consumer-runner.ts'
export type {
  ConsumerRunnerConfig,
  ConsumerRunnerOptions,
  RecordFunction,
} from './runner/config.ts'
export type { ConsumerRunnerMetrics } from './runner/runner-metrics.ts'
export type { HandlingConfig } from './handling/handling-config.ts'
export type { HandlingEvent } from './handling/handling-events.ts'
