import type { Endpoint } from 'comlink'
import type { MessagePort } from 'node:worker_threads'
import { installErrorTransfer } from './error-transfer.ts'

// Every use of Comlink passes through an endpoint: so no thread calls or answers without it.
installErrorTransfer()

type MessageListener = (event: { data: unknown }) => void

/**
 * Presents a Node.js MessagePort as the endpoint that Comlink expects of a browser's.
 *
 * Comlink's own adapter has no types under NodeNext and asks for the DOM library. This one adds that
 * the port is started with the first listener, as `on('message')` does, and that listeners are
 * called with `data` alone, all that Comlink reads.
 */
export function comlinkEndpoint(port: MessagePort): Endpoint {
  const listeners = new Map<unknown, (data: unknown) => void>()
  return {
    postMessage: (message: unknown, transfer?: readonly unknown[]) =>
      port.postMessage(message, transfer as Parameters<MessagePort['postMessage']>[1]),
    addEventListener: (_type: string, listener: unknown) => {
      const onMessage = (data: unknown): void => (listener as MessageListener)({ data })
      listeners.set(listener, onMessage)
      port.on('message', onMessage)
    },
    removeEventListener: (_type: string, listener: unknown) => {
      const onMessage = listeners.get(listener)
      if (onMessage === undefined) return
      listeners.delete(listener)
      port.off('message', onMessage)
    },
  }
}
