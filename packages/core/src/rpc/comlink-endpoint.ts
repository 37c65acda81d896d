import type { Endpoint } from 'comlink'
import type { MessagePort } from 'node:worker_threads'
import { installErrorTransfer } from './error-transfer.ts'
import { installMoveTransfer } from './move-transfer.ts'

// Every use of Comlink passes through an endpoint: so no thread calls or answers without it.
installErrorTransfer()
installMoveTransfer()

type Receive = (message: unknown) => unknown
type MessageListener = (event: { data: unknown }) => void

export interface ComlinkEndpoint extends Endpoint {
  /**
   * Takes the endpoint off the port, which stays open: what Comlink posts from now on goes nowhere, and a
   * reference to the endpoint keeps nothing else alive.
   */
  detach(): void
}

/**
 * Presents a Node.js MessagePort as the endpoint that Comlink expects of a browser's.
 *
 * Comlink's own adapter has no types under NodeNext and asks for the DOM library. This one adds that
 * the port is started with the first listener, as `on('message')` does, and that listeners are
 * called with `data` alone, all that Comlink reads.
 *
 * @param receive What Comlink is given in place of a message; `null`: nothing. A thread may post whatever
 *   it likes, and Comlink takes it as it comes.
 */
export function comlinkEndpoint(messagePort: MessagePort, receive: Receive): ComlinkEndpoint {
  const listeners = new Map<unknown, (data: unknown) => void>()
  let port: MessagePort | null = messagePort
  return {
    postMessage: (message: unknown, transfer?: readonly unknown[]) =>
      port?.postMessage(message, transfer as Parameters<MessagePort['postMessage']>[1]),
    addEventListener: (_type: string, listener: unknown) => {
      const onMessage = (message: unknown): void => {
        const data = receive(message)
        if (data !== null) (listener as MessageListener)({ data })
      }
      listeners.set(listener, onMessage)
      port?.on('message', onMessage)
    },
    removeEventListener: (_type: string, listener: unknown) => {
      const onMessage = listeners.get(listener)
      if (onMessage === undefined) return
      listeners.delete(listener)
      port?.off('message', onMessage)
    },
    detach: () => {
      for (const onMessage of listeners.values()) port?.off('message', onMessage)
      listeners.clear()
      port = null
    },
  }
}
