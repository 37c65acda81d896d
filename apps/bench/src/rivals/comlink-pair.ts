import type { Endpoint } from 'comlink'
import type { MessagePort } from 'node:worker_threads'

/** A bare Comlink endpoint over a Node.js port: for what is measured beside Ringlog. */
export function endpointOf(port: MessagePort): Endpoint {
  return {
    postMessage: (message: unknown, transfer?: readonly unknown[]) =>
      port.postMessage(message, transfer as never),
    addEventListener: (_type: string, listener: unknown) =>
      void port.on('message', (data: unknown) => (listener as (event: object) => void)({ data })),
    removeEventListener: () => undefined,
  }
}
