import { RinglogError, RpcClient, monotonicMs, withTransfer } from '@ringlog/core/internal'
import { MessageChannel, Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { EchoService } from './echo-service.worker.ts'

const workers: Worker[] = []

function connect(): RpcClient<EchoService> {
  const { port1, port2 } = new MessageChannel()
  const url = new URL('./echo-service.worker.ts', import.meta.url)
  workers.push(new Worker(url, { workerData: port2, transferList: [port2] }))
  return new RpcClient<EchoService>(port1, {
    name: 'the echo service',
    lostError: () => new RinglogError('PARTITION_OFFLINE', 'the echo service is gone'),
  })
}

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(workers.splice(0).map(async (worker) => worker.terminate()))
})

describe('a call', () => {
  test('is answered with what the method returns', async () => {
    const client = connect()
    expect(await client.call('echo', [{ a: [1, 'two', null] }])).toEqual({ a: [1, 'two', null] })
    expect(await client.call('echo', [undefined])).toBeUndefined()
  })

  test('starts in the order of the calls, however long each takes', async () => {
    const client = connect()
    const slow = client.call('later', [1, 30])
    const notes = [1, 2, 3].map((value) => client.call('note', [value]))
    expect(await Promise.all(notes)).toEqual([[1], [1, 2], [1, 2, 3]])
    expect(await slow).toBe(1)
  })

  test('that is answered while this thread is busy is not out of time', async () => {
    const client = connect()
    await client.call('echo', [0])
    const answer = client.call('later', [7, 10], { deadlineMs: monotonicMs() + 30 })
    // Within a message this thread would take in the next one before it looks at its timers.
    await new Promise((resolve) => setImmediate(resolve))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
    expect(await answer).toBe(7)
  })

  test('moves what is marked for transfer, there and back', async () => {
    const client = connect()
    const buffer = new ArrayBuffer(1024)
    new Uint8Array(buffer).fill(7)
    const bounced = client.call('bounce', [withTransfer(buffer, [buffer])])
    expect(buffer.byteLength).toBe(0)
    const answer = await bounced
    expect(new Uint8Array(answer.buffer).every((byte) => byte === 7)).toBe(true)
  })

  test('rejects with our errors whole: code, number, retriable, details, causes', async () => {
    const error = await connect()
      .call('throwOurs', [])
      .catch((thrown: unknown) => thrown)
    expect(RinglogError.is(error, 'OFFSET_OUT_OF_RANGE')).toBe(true)
    expect(error).toMatchObject({
      name: 'RinglogError',
      message: 'offset 7 is gone',
      errorCode: 1,
      retriable: false,
      details: { offset: 7, nested: { list: [1, 2] } },
      cause: {
        code: 'CORRUPT_MESSAGE',
        retriable: true,
        cause: { name: 'TypeError', message: 'deeper' },
      },
    })
  })

  test('rejects with other errors by their name', async () => {
    const call = connect().call('throwOther', [])
    await expect(call).rejects.toMatchObject({ name: 'RangeError', message: 'not ours' })
  })

  test('rejects at its deadline when no answer comes', async () => {
    const client = connect()
    await client.call('echo', [0])
    const deadlineMs = monotonicMs() + 30
    await expect(client.call('never', [], { deadlineMs })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      message: 'the echo service did not answer in time: call=never',
    })
    expect(monotonicMs()).toBeGreaterThanOrEqual(deadlineMs)
  })

  test('keeps its deadline while the timers of the program are fake', async () => {
    const client = connect()
    vi.useFakeTimers()
    const call = client.call('never', [], { deadlineMs: monotonicMs() + 20 })
    await expect(call).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' })
  })

  test('rejects with the reason of an abort, before and during', async () => {
    const client = connect()
    const reason = new Error('enough')
    const before = client.call('echo', [1], { signal: AbortSignal.abort(reason) })
    await expect(before).rejects.toBe(reason)
    const controller = new AbortController()
    const during = client.call('never', [], { signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(during).rejects.toBe(reason)
  })

  test.each<[string, (client: RpcClient<EchoService>) => unknown]>([
    ['the thread is terminated', () => workers[0]!.terminate()],
    ['the thread ends by itself', (client) => void client.call('endThread', []).catch(() => 0)],
    ['the port is closed on this side', (client) => client.close()],
  ])('rejects, and so does every later one, when %s', async (_, end) => {
    const client = connect()
    await client.call('echo', [0])
    const pending = [client.call('never', []), client.call('never', [])]
    end(client)
    for (const call of pending) await expect(call).rejects.toMatchObject(lost)
    expect(client.isLost).toBe(true)
    await expect(client.call('echo', [0])).rejects.toMatchObject(lost)
  })

  test('is answered although its proxies could have been collected', async () => {
    const client = connect()
    const answer = client.call('later', [5, 60])
    for (let i = 0; i < 5; i++) {
      globalThis.gc!()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(await answer).toBe(5)
    expect(await client.call('echo', ['still open'])).toBe('still open')
  })

  test('is answered, one after the other, however many there are', async () => {
    const client = connect()
    const background = client.call('never', [], { isBackground: true })
    const late = client.call('later', [7, 200])
    const answers: unknown[] = []
    for (let first = 0; first < MANY_CALLS; first += 5) {
      const calls = [0, 1, 2, 3, 4].map((i) => client.call('echo', [first + i]))
      answers.push(...(await Promise.all(calls)))
    }
    expect(answers).toEqual(Array.from({ length: MANY_CALLS }, (_, i) => i))
    expect(await late).toBe(7)
    client.close()
    await expect(background).rejects.toMatchObject(lost)
  })

  test('is answered although the proxies of many calls before it were collected', async () => {
    const client = connect()
    for (let i = 0; i < MANY_CALLS; i++) await client.call('echo', [i])
    for (let i = 0; i < 5; i++) {
      globalThis.gc!()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(await client.call('echo', ['still served'])).toBe('still served')
  })
})

/** Enough for a client to take new proxies several times. */
const MANY_CALLS = 2_000

const lost = {
  code: 'PARTITION_OFFLINE',
  message: 'the echo service is gone',
  retriable: false,
}

/** In a function of its own: nothing of it stays on the stack. */
async function useAndClose(): Promise<WeakRef<object>> {
  const client = connect()
  await client.call('echo', [1])
  const unanswered = client.call('never', []).catch(() => undefined)
  client.close()
  await unanswered
  return new WeakRef(client)
}

test('a client whose port is closed leaves nothing behind, answered or not', async () => {
  const client = await useAndClose()
  for (let turn = 0; turn < 100 && client.deref() !== undefined; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    globalThis.gc!()
  }
  expect(client.deref()).toBeUndefined()
})
