import {
  ROOT_CONTEXT,
  propagation,
  trace,
  type Context,
  type Link,
  type TextMapGetter,
} from '@opentelemetry/api'
import { toHeaderList, withHeaders, type ProducerRecord } from '@ringlog/core/internal'

/** The headers of a record that was read. */
export type ReadHeaders = ReadonlyArray<readonly [name: string, value: Uint8Array | string | null]>

/** The last of a name counts: it was added by whoever sent the record last. */
const HEADERS: TextMapGetter<ReadHeaders> = {
  keys: (headers) => headers.map(([name]) => name),
  get: (headers, name) => {
    const value = headers.findLast(([own]) => own === name)?.[1]
    if (value === null || value === undefined) return undefined
    return typeof value === 'string' ? value : Buffer.from(value).toString('utf8')
  },
}

/**
 * The record with a context in its headers, as the program's propagator writes it (`traceparent`), in the place of
 * one that the record has. What is no record is left for the producer to refuse.
 */
export function withContext<K, V>(
  record: ProducerRecord<K, V>,
  context: Context,
): ProducerRecord<K, V> {
  const carrier: Record<string, string> = {}
  propagation.inject(context, carrier)
  const written = Object.entries(carrier)
  if (written.length === 0 || typeof record !== 'object' || record === null) return record
  const own = toHeaderList(record.headers).filter(([name]) => !Object.hasOwn(carrier, name))
  return withHeaders(record, [...own, ...written])
}

/** The context in the headers of a record; the empty one where they have none. */
export function contextOf(headers: ReadHeaders): Context {
  return headers.length === 0 ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers, HEADERS)
}

/** A link to the span in whose context a record was sent; none where its headers have no context. */
export function linksTo(sent: Context): Link[] {
  const spanContext = trace.getSpanContext(sent)
  return spanContext === undefined ? [] : [{ context: spanContext }]
}
