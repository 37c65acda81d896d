import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test, vi } from 'vitest'

/** A copy of the package, with an echo service at the other end of a port. */
async function copyOfCore(): Promise<(bytes: ArrayBuffer) => Promise<number>> {
  vi.resetModules()
  const { RinglogError, RpcClient, serveRpc, withTransfer } = await import('../../src/internal.ts')
  const { port1, port2 } = new MessageChannel()
  serveRpc(port2, { sizeOf: (bytes: ArrayBuffer) => bytes.byteLength })
  const client = new RpcClient<{ sizeOf(bytes: ArrayBuffer): number }>(port1, {
    name: 'echo',
    lostError: () => new RinglogError('BROKER_CLOSED'),
  })
  onTestFinished(() => client.close())
  return (bytes) => client.call('sizeOf', [withTransfer(bytes, [bytes])])
}

test('two copies of the package in one thread, with one Comlink, both move what they send', async () => {
  const first = await copyOfCore()
  const second = await copyOfCore()
  for (const send of [first, second]) {
    const bytes = new ArrayBuffer(8)
    expect(await send(bytes)).toBe(8)
    expect(bytes.byteLength).toBe(0)
  }
})
