import { awaitWithin, checkWaitOptions } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { MessageChannel } from 'node:worker_threads'

test('a wait whose end has come as a message is not out of time, however busy the thread was', async () => {
  const { port1, port2 } = new MessageChannel()
  const work = new Promise((resolve) => port1.once('message', resolve))
  const waited = awaitWithin(work, 'work', { timeoutMs: 10 })
  port2.postMessage('done')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  expect(await waited).toBe('done')
  port1.close()
})

test('a wait that is over in time says so', async () => {
  const never = new Promise(() => undefined)
  await expect(awaitWithin(never, 'work', { timeoutMs: 5 })).rejects.toMatchObject({
    code: 'REQUEST_TIMED_OUT',
    message: 'work did not finish in time: timeoutMs=5',
  })
})

test.each([[[]], [[5]], [null], [5]])('the options of a call are no %j', (options) => {
  expect(() => checkWaitOptions('poll()', options as never)).toThrow(
    'options of poll() must be an object',
  )
})
