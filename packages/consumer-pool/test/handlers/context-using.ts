/** Answers with what the call that the record's value names comes to. */
import { Consumer, type ConsumerRecord } from '@ringlog/consumer'
import type { HandlerContext } from '../../src/index.ts'

type Call = () => unknown

export async function handle({ value }: ConsumerRecord, context: HandlerContext): Promise<unknown> {
  const [of, name] = String(value).split('.') as [string, string]
  if (of === 'own') {
    await using consumer = new Consumer(context.client)
    await consumer.assign([{ topic: 'done', partition: 0 }])
    return consumer.assignment()
  }
  const target = (context as unknown as Record<string, Record<PropertyKey, Call>>)[of]!
  const symbols: Record<string, symbol> = {
    iterator: Symbol.asyncIterator,
    dispose: Symbol.asyncDispose,
  }
  try {
    return await target[symbols[name] ?? name]!()
  } catch (error) {
    return (error as { code: string }).code
  }
}
