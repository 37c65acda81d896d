import * as Comlink from 'comlink'
import type { MessagePort } from 'node:worker_threads'
import { comlinkEndpoint } from './comlink-endpoint.ts'

/**
 * Answers calls that arrive on `port` with the methods of `service`. Calls start in the order in
 * which they were made. The port is one pair of actors' and is never shared.
 */
export function serveRpc(port: MessagePort, service: object): void {
  Comlink.expose(service, comlinkEndpoint(port))
}
