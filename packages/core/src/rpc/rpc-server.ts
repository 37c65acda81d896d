import * as Comlink from 'comlink'
import type { MessagePort } from 'node:worker_threads'
import { comlinkEndpoint } from './comlink-endpoint.ts'
import { findCallFault, messageIdOf, refusalOf } from './rpc-message.ts'

/**
 * Answers calls that arrive on `port` with the methods of `service`. Calls start in the order in
 * which they were made. The port is one pair of actors' and is never shared.
 *
 * A message that is no call of one of its methods is refused with INVALID_REQUEST, or, where nobody waits
 * for an answer, dropped.
 */
export function serveRpc(port: MessagePort, service: object): void {
  const receive = (message: unknown): unknown => {
    const fault = findCallFault(message, service)
    const id = messageIdOf(message)
    if (fault === null && id !== null) return message
    if (id !== null) port.postMessage(refusalOf(id, `a message that is no call: it ${fault}`))
    return null
  }
  Comlink.expose(service, comlinkEndpoint(port, receive))
}
