/** A pool's handler with spans: `bad` fails; others are answered, and passed on. `spans` answers with the spans. */
import type { HandlerContext } from '@ringlog/consumer-pool'
import type { ConsumerRecord } from '@ringlog/consumer'
import type { ProducerLike } from '@ringlog/producer'
import { traceHandler, traceProducer } from '../../../src/opentelemetry/index.ts'
import { registerTracing, spansOf } from '../spans-of.ts'

const exporter = registerTracing()
let producer: ProducerLike

export function start(context: HandlerContext): void {
  producer = traceProducer(context.producer)
}

const traced = traceHandler(
  async (record: ConsumerRecord, context: HandlerContext): Promise<unknown> => {
    await Promise.resolve()
    const value = String(record.value)
    if (value === 'bad') throw new RangeError('bad is bad')
    producer.write({ topic: 'done', key: record.key, value })
    return context.attempt
  },
  { groupId: 'billing', clientId: 'billing-0' },
)

export function handle(record: ConsumerRecord, context: HandlerContext): unknown {
  return String(record.value) === 'spans' ? spansOf(exporter) : traced(record, context)
}
