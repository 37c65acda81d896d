import { SpanKind, context, trace, type Attributes } from '@opentelemetry/api'
import type { TopicPartition } from '@ringlog/core/internal'
import {
  batchAttributes,
  keyAttributes,
  operationAttributes,
  placeAttributes,
  type SpanOptions,
} from './attributes.ts'
import { contextOf, linksTo, type ReadHeaders } from './context-headers.ts'
import { runInSpan, tracer } from './spans.ts'

/** What a traced handler's spans say. */
export type TraceHandlerOptions = SpanOptions

/** What tracing needs of a record: a `ConsumerRecord`, whatever its key and value are. */
export interface TracedRecord extends TopicPartition {
  readonly offset: number
  readonly key: unknown
  readonly headers: ReadHeaders
}

/**
 * The handler with a span, `process <topic>`, for each record: a pool's `handle`, or what a loop of your own calls.
 * The span goes on with the trace in the record's headers; within a span that is active it is a child of that, and
 * linked to the record's. What the handler sends meanwhile by a traced producer goes on with it.
 *
 * A handler that returns no promise is not made to.
 */
export function traceHandler<Args extends readonly unknown[], Answer, R extends TracedRecord>(
  handle: (record: R, ...args: Args) => Answer,
  options: TraceHandlerOptions = {},
): (record: R, ...args: Args) => Answer {
  return (record, ...args) => {
    const { topic, headers } = record
    const sent = contextOf(headers)
    const attributes = {
      ...operationAttributes('process', topic, options),
      ...placeAttributes(record),
    }
    const isWithin = trace.getActiveSpan() !== undefined
    const span = tracer().startSpan(
      `process ${topic}`,
      { kind: SpanKind.CONSUMER, attributes, links: isWithin ? linksTo(sent) : [] },
      isWithin ? context.active() : sent,
    )
    if (span.isRecording()) span.setAttributes(keyOf(record))
    return runInSpan(span, () => handle(record, ...args))
  }
}

/**
 * The handler with a span, `process <topic>`, for each batch, linked to those in whose context its records were sent:
 * a pool's `handleBatch`, or what a loop calls with what a poll has returned. Of records of several topics or
 * partitions the span names those of the first.
 */
export function traceBatchHandler<
  Args extends readonly unknown[],
  Answer,
  Batch extends Iterable<TracedRecord>,
>(
  handle: (records: Batch, ...args: Args) => Answer,
  options: TraceHandlerOptions = {},
): (records: Batch, ...args: Args) => Answer {
  return (records, ...args) => {
    const all = [...records]
    const [first] = all
    if (first === undefined) return handle(records, ...args)
    const links = all.flatMap(({ headers }) => linksTo(contextOf(headers)))
    const attributes = {
      ...operationAttributes('process', first.topic, options),
      ...batchAttributes(first, all.length),
    }
    const span = tracer().startSpan(`process ${first.topic}`, {
      kind: SpanKind.CONSUMER,
      attributes,
      links,
    })
    return runInSpan(span, () => handle(records, ...args))
  }
}

/** A key that its serde cannot read is the handler's to find. */
function keyOf(record: TracedRecord): Attributes {
  try {
    return keyAttributes(record.key)
  } catch {
    return {}
  }
}
