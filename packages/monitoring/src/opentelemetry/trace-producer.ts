import { SpanKind, type Span } from '@opentelemetry/api'
import type { Data, ProducerRecord, RecordMetadata } from '@ringlog/core/internal'
import type { ProducerLike } from '@ringlog/producer'
import {
  keyAttributes,
  operationAttributes,
  placeAttributes,
  type SpanOptions,
} from './attributes.ts'
import { withContext } from './context-headers.ts'
import { runInSpan, tracer } from './spans.ts'

/** What a traced producer's spans say. */
export type TraceProducerOptions = Pick<SpanOptions, 'clientId'>

/**
 * The producer with a span, `send <topic>`, for each record: a child of the span that is active, whose context goes
 * along in the record's headers. That of `send` lasts until the record is in the log; `write` and `tryWrite` return
 * sooner, and so ends theirs.
 *
 * @param producer It is used as before; what is sent by it directly has no span.
 */
export function traceProducer<K = Data | null, V = Data | null>(
  producer: ProducerLike<K, V>,
  options: TraceProducerOptions = {},
): ProducerLike<K, V> {
  const within = <T>(
    record: ProducerRecord<K, V>,
    act: (sent: ProducerRecord<K, V>) => T,
    onValue?: (span: Span, value: Awaited<T>) => void,
  ): T => {
    const span = startSend(record, options)
    return runInSpan(
      span,
      (context) => act(withContext(record, context)),
      (value) => onValue?.(span, value),
    )
  }
  return {
    send: async (record): Promise<RecordMetadata> =>
      within(
        record,
        (sent) => producer.send(sent),
        (span, metadata) => span.setAttributes(placeAttributes(metadata)),
      ),
    write: (record) => within(record, (sent) => producer.write(sent)),
    tryWrite: (record) => within(record, (sent) => producer.tryWrite(sent)),
    drained: (...args) => producer.drained(...args),
    flush: (...args) => producer.flush(...args),
    close: (...args) => producer.close(...args),
  }
}

/** A span for sending a record; what was given may be no record at all. */
export function startSend(record: unknown, options: SpanOptions): Span {
  const { topic, key } = (record ?? {}) as Partial<ProducerRecord<unknown, unknown>>
  const attributes = operationAttributes('send', String(topic), options)
  const span = tracer().startSpan(`send ${String(topic)}`, { kind: SpanKind.PRODUCER, attributes })
  if (span.isRecording()) span.setAttributes(keyAttributes(key))
  return span
}
