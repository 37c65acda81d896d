import { RinglogError, type AppendOutcome } from '@ringlog/core/internal'
import { MessageChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { RpcAppender } from '../../../src/client/transport/rpc-appender.ts'

type Settled = { outcome: AppendOutcome } | { error: RinglogError }

/** Appends by a worker that answers with anything. */
async function appendAnsweredWith(answer: unknown): Promise<Settled> {
  const { port1, port2 } = new MessageChannel()
  port2.on('message', ({ id }: { id: string }) => {
    port2.postMessage({ id, type: 'RAW', value: answer })
  })
  const at = { topic: 'orders', partition: 0 }
  const appender = new RpcAppender(port1, at, () => new RinglogError('PARTITION_OFFLINE'))
  const deadline = { requestDeadlineMs: Infinity, waitingSinceMs: 0, maxBlockMs: 0 }
  const settled = await new Promise<Settled>((resolve) => {
    appender.append(new ArrayBuffer(8), 8, deadline, {
      onAnswer: (outcome) => resolve({ outcome }),
      onNoAnswer: (error) => resolve({ error }),
    })
  })
  port2.close()
  return settled
}

const sound = { error: null, baseOffset: 7, logAppendTimeMs: -1, buffer: new ArrayBuffer(8) }

test('an append is answered with where it is', async () => {
  expect(await appendAnsweredWith(sound)).toMatchObject({ outcome: { baseOffset: 7 } })
})

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['text', 'appended'],
  ['no memory', { ...sound, buffer: undefined }],
  ['shared memory', { ...sound, buffer: new SharedArrayBuffer(8) }],
  ['no offset', { ...sound, baseOffset: undefined }],
  ['an offset that is no number', { ...sound, baseOffset: NaN }],
  ['a time that is none', { ...sound, logAppendTimeMs: 'now' }],
  ['an error that is text', { ...sound, error: 'no' }],
])('an append that is answered with %s fails with words', async (_, answer) => {
  expect(await appendAnsweredWith(answer)).toMatchObject({
    error: { code: 'CORRUPT_MESSAGE', message: expect.stringContaining('orders-0') },
  })
})

test.each([{}, { message: 5 }, []])('an error of any shape, %j, is one of ours', async (error) => {
  expect(await appendAnsweredWith({ ...sound, error })).toMatchObject({
    outcome: { error: { code: 'UNKNOWN_SERVER_ERROR' } },
  })
})

test('a copy goes in memory that came back, where any of it is large enough', async () => {
  const { port1, port2 } = new MessageChannel()
  const copies: ArrayBuffer[] = []
  port2.on(
    'message',
    ({ id, argumentList }: { id: string; argumentList: { value: unknown }[] }) => {
      const { buffer } = argumentList[0]!.value as { buffer: ArrayBuffer }
      copies.push(buffer.slice(0))
      port2.postMessage({ id, type: 'RAW', value: { ...sound, buffer } }, [buffer])
    },
  )
  const at = { topic: 'orders', partition: 0 }
  const appender = new RpcAppender(port1, at, () => new RinglogError('PARTITION_OFFLINE'))
  const deadline = { requestDeadlineMs: Infinity, waitingSinceMs: 0, maxBlockMs: 0 }
  const append = (memoryBytes: number, sizeBytes: number): Promise<void> =>
    new Promise((resolve, reject) => {
      appender.append(new ArrayBuffer(memoryBytes), sizeBytes, deadline, {
        onAnswer: () => resolve(),
        onNoAnswer: reject,
      })
    })
  await Promise.all([append(64, 64), append(16, 16)])
  await append(80, 40) // the small one came back last, and takes no 40 bytes
  await append(16, 16)
  await append(256, 200) // none takes these, and one goes
  expect(copies.map(({ byteLength }) => byteLength)).toEqual([64, 16, 64, 64, 256])
  port2.close()
})
