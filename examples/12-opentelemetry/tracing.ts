/** Registers OpenTelemetry in the thread that imports this; each thread that traces does. */
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/** Keeps spans in memory, for the example to look at; in production: an exporter to your collector. */
export const exporter = new InMemorySpanExporter()
const spanProcessors = [new SimpleSpanProcessor({ exporter })]
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }))
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

/** A span, as it is printed. */
export interface Step {
  name: string
  traceId: string
  spanId: string
  parentId: string | null
}

/** The spans that have ended in this thread. */
export function steps(): Step[] {
  return exporter.getFinishedSpans().map((span) => ({
    name: span.name,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parentId: span.parentSpanContext?.spanId ?? null,
  }))
}
