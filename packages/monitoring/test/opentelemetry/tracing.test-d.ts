/** What traced producers and handlers are, as types: checked by `check:types`. */
import type { Consumer, ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import type {
  BatchContext,
  ConsumerPool,
  HandlerContext,
  HandlerModule,
} from '@ringlog/consumer-pool'
import type { RecordMetadata } from '@ringlog/core'
import type { Producer, ProducerLike } from '@ringlog/producer'
import {
  traceBatchHandler,
  traceHandler,
  traceProducer,
  traceRun,
} from '../../src/opentelemetry/index.ts'

interface Order {
  id: number
}

export async function use(
  producer: Producer<string, Order>,
  consumer: Consumer<string, Order>,
  pool: ConsumerPool,
): Promise<void> {
  const traced: ProducerLike<string, Order> = traceProducer(producer, { clientId: 'shop' })
  const metadata: RecordMetadata = await traced.send({ topic: 'a', key: 'k', value: { id: 1 } })
  // @ts-expect-error The value is an order's.
  traced.write({ topic: 'a', key: 'k', value: 'text' })

  const handle = traceHandler(async ({ value }: ConsumerRecord<string, Order>) => value.id)
  for await (const record of consumer) {
    const id: number = await handle(record)
    // @ts-expect-error The handler takes a record.
    void handle(metadata, id)
  }
  const sync: string = traceHandler((_: ConsumerRecord, more: string) => more)(null!, 'a')
  const answer: string = await traceRun(pool)<string>({ topic: 'a', value: sync }, { timeoutMs: 1 })
  // @ts-expect-error There is no such option.
  traceProducer(producer, { groupId: answer })
}

/** A pool's handlers stay what they are. */
export const ofRecords: HandlerModule = {
  handle: traceHandler(async (record: ConsumerRecord, { attempt }: HandlerContext) => {
    return `${record.offset}:${attempt}`
  }),
}
export const ofBatches: HandlerModule = {
  handleBatch: traceBatchHandler(async (records: ConsumerRecords, context: BatchContext) => {
    for (const record of records) context.done(record)
  }),
}
