import * as Comlink from 'comlink'
import { MessagePort } from 'node:worker_threads'
import { findArgumentFault, type CallShapes } from './call-shapes.ts'
import { comlinkEndpoint } from './comlink-endpoint.ts'
import { argumentsOf, findCallFault, messageIdOf, methodOf, refusalOf } from './rpc-message.ts'

/**
 * Answers calls that arrive on `port` with the methods of `service`. Calls start in the order in
 * which they were made. The port is one pair of actors' and is never shared.
 *
 * A message that is no call of one of its methods is refused with INVALID_REQUEST, or, where nobody waits
 * for an answer, dropped. So is a call whose arguments are not as `shapes` has them: ports among them are closed.
 *
 * @param shapes `null`: the methods check their arguments themselves.
 */
export function serveRpc(
  port: MessagePort,
  service: object,
  shapes: CallShapes | null = null,
): void {
  const receive = (message: unknown): unknown => {
    const fault = findCallFault(message, service)
    const id = messageIdOf(message)
    if (fault === null && id !== null) {
      if (shapes === null) return message
      const args = argumentsOf(message)
      const argumentFault = findArgumentFault(shapes, methodOf(message), args)
      if (argumentFault === null) return message
      for (const value of args) if (value instanceof MessagePort) value.close()
      port.postMessage(refusalOf(id, argumentFault))
      return null
    }
    if (id !== null) port.postMessage(refusalOf(id, `a message that is no call: it ${fault}`))
    return null
  }
  Comlink.expose(service, comlinkEndpoint(port, receive))
}
