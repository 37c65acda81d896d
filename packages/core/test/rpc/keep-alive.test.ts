import { serveRpc } from '@ringlog/core/internal'
import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'

class Later {
  async later(value: number, ms: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return value
  }
}

test.each([
  {
    mode: 'call',
    answered: true,
    exitCode: 0,
    title: 'lives until its call is answered, no longer',
  },
  {
    mode: 'background',
    answered: false,
    exitCode: 0,
    title: 'does not live for a background call',
  },
  { mode: 'held', answered: true, exitCode: 7, title: 'lives as long as the client is held' },
])('a thread with nothing but a client $title', async ({ mode, answered, exitCode }) => {
  const { port1, port2 } = new MessageChannel()
  serveRpc(port1, new Later())
  const worker = new Worker(new URL('./keep-alive.worker.ts', import.meta.url), {
    workerData: { port: port2, mode },
    transferList: [port2],
  })
  const messages: unknown[] = []
  worker.on('message', (message) => messages.push(message))
  expect(await once(worker, 'exit')).toEqual([exitCode])
  expect(messages).toEqual(answered ? ['answered'] : [])
  port1.close()
})
