import { expect, test } from 'vitest'
import { HandlerQueues } from '../src/handling/handler-queues.ts'
import { UNTRACED } from '../src/handling/handler-tracing.ts'
import type { HandlingParts } from '../src/handling/handling-parts.ts'

/** As often as it is asked before a thread that asks without end would be hung. */
const MAX_ASKED = 100

test('where there will be no room for what handlers wrote, it is told once, and not asked for without end', async () => {
  const closed = new Error('the producer is closed')
  let asked = 0
  const failures: unknown[] = []
  const parts = {
    handlers: { handle: () => undefined, handleBatch: null },
    producer: {
      isCongested: true,
      whenNotCongested: () =>
        ++asked < MAX_ASKED ? Promise.reject(closed) : new Promise(() => undefined),
    },
    tracing: UNTRACED,
    outcomes: {},
    maxRunning: 1,
    isDeserialized: false,
  }
  const queues = new HandlerQueues(parts as unknown as HandlingParts, {
    onProgress: () => undefined,
    onReady: () => undefined,
    onFailure: (error) => failures.push(error),
  })
  queues.run()
  await new Promise((resolve) => setImmediate(resolve))
  expect(asked).toBe(1)
  expect(failures).toEqual([closed])
  expect(queues.isBusy).toBe(false)
})
