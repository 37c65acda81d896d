/**
 * Traces by OpenTelemetry: spans of what is sent and handled, tied together by the headers of records. It needs the
 * package `@opentelemetry/api`.
 *
 * @module @ringlog/monitoring/opentelemetry
 */
export { traceProducer, type TraceProducerOptions } from './trace-producer.ts'
export {
  traceBatchHandler,
  traceHandler,
  type TraceHandlerOptions,
  type TracedRecord,
} from './trace-handler.ts'
export type { SpanOptions } from './attributes.ts'
export type { ReadHeaders } from './context-headers.ts'
export { traceRun, type RunsRecords } from './trace-run.ts'
