import './tracing.ts'
import type { ConsumerRecord, HandlerContext, ProducerLike } from 'ringlog'
import { traceHandler, traceProducer } from 'ringlog/opentelemetry'
import { steps } from './tracing.ts'

let producer: ProducerLike

export function start(context: HandlerContext): void {
  producer = traceProducer(context.producer)
}

const bill = traceHandler(
  async ({ key, value }: ConsumerRecord): Promise<void> => {
    await producer.send({ topic: 'invoices', key, value: `invoice for ${String(value)}` })
  },
  { groupId: 'billing' },
)

/** The last record asks for the spans of this thread. */
export async function handle(record: ConsumerRecord): Promise<unknown> {
  if (String(record.value) === 'spans?') return steps()
  await bill(record)
  return null
}
