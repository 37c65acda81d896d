import type { ConsumerRecord } from '@ringlog/consumer'
import { expect, test } from 'vitest'
import { BatchHandling } from '../src/handling/batch-handling.ts'
import type { HandlerQueue } from '../src/handling/handler-queue.ts'
import { UNTRACED } from '../src/handling/handler-tracing.ts'
import type { Handlers, HandlingParts } from '../src/handling/handling-parts.ts'

const COUNT = 10_000
const at = { topic: 'orders', partition: 0 }

test('saying of each record that it is done costs no look at all of the batch', async () => {
  let looks = 0
  const records = Array.from({ length: COUNT }, (_, i) => ({
    ...at,
    get offset(): number {
      looks++
      return 2 * i // compaction leaves offsets out
    },
  })) as Array<Partial<ConsumerRecord>> as ConsumerRecord[]
  const finished: number[] = []
  const handleBatch: NonNullable<Handlers['handleBatch']> = (batch, { done }) => {
    expect(() => done({ ...at, offset: 3 } as ConsumerRecord)).toThrow('a record of this batch')
    expect(() => done(null as never)).toThrow('a record of this batch')
    for (const record of batch) done(record)
  }
  const batches = new BatchHandling({
    tracing: UNTRACED,
    outcomes: {
      isOver: () => false,
      finish: ({ offset }: ConsumerRecord) => void finished.push(offset),
    },
    isDeserialized: false,
    handlers: { handle: null, handleBatch },
  } as unknown as HandlingParts)
  const queue = {
    batch: records,
    work: { at, context: {}, tried: null },
    slot: 0,
    attempt: 1,
    isSuspect: false,
    nextOfBatch: () => false,
  } as unknown as HandlerQueue
  expect(await batches.attempt(queue)).toBe('finished')
  expect(finished).toEqual(Array.from({ length: COUNT }, (_, i) => 2 * i))
  expect(looks).toBeLessThan(50 * COUNT)
})
