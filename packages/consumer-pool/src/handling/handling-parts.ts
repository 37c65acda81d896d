import type { ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import type { BatchContext, HandlerContext } from './handler-context.ts'
import type { HandlerProducer } from './handler-producer.ts'
import type { HandlerTracing } from './handler-tracing.ts'
import type { RecordOutcomes } from './record-outcomes.ts'

/** What handling works with. */
export interface HandlingParts {
  readonly handlers: Handlers
  readonly producer: HandlerProducer
  readonly tracing: HandlerTracing
  readonly outcomes: RecordOutcomes
  /** How many handlers may run at once. */
  readonly maxRunning: number
  /** Whether keys or values are deserialized: those that cannot be are given to no handler. */
  readonly isDeserialized: boolean
}

/** The user's functions, of which there is one. */
export interface Handlers {
  readonly handle: ((record: ConsumerRecord, context: HandlerContext) => unknown) | null
  readonly handleBatch: ((records: ConsumerRecords, context: BatchContext) => unknown) | null
}

/** What `HandlerQueues` tells. */
export interface HandlerQueuesEvents {
  /** Handlers have ended, or begun. */
  onProgress(): void
  /** `run` may have something to begin. */
  onReady(): void
  /** All is to end. */
  onFailure(error: unknown): void
}
