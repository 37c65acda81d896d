import type { Consumer } from '@ringlog/consumer'
import type { LogClient } from '@ringlog/core'
import type { HandlerContext } from './handler-context.ts'
import { guardClient, guardConsumer } from './handler-guard.ts'
import type { HandlerProducer } from './handler-producer.ts'

/** What the handlers of a thread are given on their first attempt; each partition has a signal of its own. */
export function makeContext(parts: ContextParts): HandlerContext {
  const { client, consumer, producer } = parts
  return {
    ...parts,
    client: guardClient(client),
    consumer: guardConsumer(consumer),
    produce: (record) => producer.produce(record),
    attempt: 1,
  }
}

export interface ContextParts extends Pick<HandlerContext, 'data' | 'signal' | 'threadIndex'> {
  readonly client: LogClient
  readonly consumer: Consumer
  readonly producer: HandlerProducer
}
