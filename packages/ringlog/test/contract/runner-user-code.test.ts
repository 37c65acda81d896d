import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { GROUP, RunnerRig } from './runner-rig.ts'

test('an onError that throws stops no runner from closing, and is an uncaught error', async () => {
  const rig = await RunnerRig.start('shared')
  await rig.append(['a:1', 'a:bad'])
  const thrown = new Error('in onError')
  const onUncaught = vi.fn()
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', onUncaught)
  try {
    const runner = await rig.run({
      maxAttempts: 1,
      onError: () => {
        throw thrown
      },
      eachRecord: ({ value }) => {
        if (String(value) === 'bad') throw new Error('no')
      },
    })
    await expect(runner.closed).rejects.toMatchObject({ code: 'HANDLER_FAILED' })
    await expect(runner.close()).rejects.toMatchObject({ code: 'HANDLER_FAILED' })
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
  expect(onUncaught.mock.calls).toEqual([[thrown, 'uncaughtException']])
  expect((await rig.rig.broker.describeGroup(GROUP)).members).toEqual([])
  expect(await rig.committed()).toBe(1)
})

test('a handler that blocks its thread past maxPollIntervalMs loses its record, and gets it again', async () => {
  const rig = await RunnerRig.start('shared')
  await rig.append(['a:1', 'a:2'])
  const handled: string[] = []
  const reasons: unknown[] = []
  const runner = await rig.run({
    maxPollIntervalMs: 100,
    eachRecord: async ({ value }, { signal }) => {
      handled.push(String(value))
      if (handled.length > 1) return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
      await once(signal, 'abort')
      reasons.push(signal.reason)
    },
  })
  await runner.drain()
  expect(reasons).toMatchObject([{ code: 'STALE_MEMBER_EPOCH' }])
  expect(handled).toEqual(['1', '1', '2'])
  expect(runner.metrics().failedAttempts).toBe(0)
  expect(await rig.committed()).toBe(2)
})
