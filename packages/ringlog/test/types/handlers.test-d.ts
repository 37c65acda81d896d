import {
  defineHandler,
  runConsumer,
  serdes,
  type ConsumerRunnerConfig,
  type HandlerContext,
  type LogClient,
} from 'ringlog'
import { expectTypeOf } from 'vitest'

/** Checked by the compiler; nothing of it runs. */

interface Order {
  readonly id: number
}

declare const client: LogClient
const subscribed = { groupId: 'g', topics: ['orders'] }

const handle = (): void => undefined

export function runners(): void {
  // Without serdes keys and values are bytes.
  void runConsumer(client, {
    ...subscribed,
    eachRecord: ({ key, value }, { data }) => {
      expectTypeOf(key).toEqualTypeOf<Buffer | null>()
      expectTypeOf(value).toEqualTypeOf<Buffer | null>()
      expectTypeOf(data).toEqualTypeOf<unknown>()
    },
  })
  // With serdes they are what those make of them, and so it is with data.
  void runConsumer(client, {
    ...subscribed,
    keySerde: serdes.string,
    valueSerde: serdes.json<Order>(),
    data: { rate: 2 },
    eachRecord: ({ key, value }, { data }) => {
      expectTypeOf(key).toEqualTypeOf<string | null>()
      expectTypeOf(value).toEqualTypeOf<Order>()
      expectTypeOf(data).toEqualTypeOf<{ rate: number }>()
    },
  })
  void runConsumer(client, {
    ...subscribed,
    valueSerde: serdes.json<Order>(),
    eachBatch: (records, { done }) => {
      for (const record of records) {
        expectTypeOf(record.value).toEqualTypeOf<Order>()
        done(record)
      }
    },
  })
  // @ts-expect-error one of them is to be given
  void runConsumer(client, subscribed)
  // @ts-expect-error one of them alone
  void runConsumer(client, { ...subscribed, eachRecord: handle, eachBatch: handle })
  // @ts-expect-error the runner commits
  void runConsumer(client, { ...subscribed, autoCommit: true, eachRecord: handle })
  expectTypeOf<ConsumerRunnerConfig>().toHaveProperty('retryBackoffMs')
}

export const handler = defineHandler({
  valueSerde: serdes.json<Order>(),
  handle: ({ key, value }, { data }: HandlerContext<{ rate: number }>) => {
    expectTypeOf(key).toEqualTypeOf<Buffer | null>()
    expectTypeOf(value).toEqualTypeOf<Order>()
    return value.id * data.rate
  },
})

export const wrong = defineHandler({
  valueSerde: serdes.json<Order>(),
  // @ts-expect-error an order has none
  handle: ({ value }) => value.total as number,
})
