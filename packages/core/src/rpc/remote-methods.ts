import * as Comlink from 'comlink'
import type { MessagePort } from 'node:worker_threads'
import { comlinkEndpoint, type ComlinkEndpoint } from './comlink-endpoint.ts'
import { findAnswerFault, messageIdOf, refusalOf } from './rpc-message.ts'

/** So many calls are made through one proxy. */
const CALLS_PER_PROXY = 512

/**
 * Calls the methods of a service through Comlink, by a new proxy every now and then.
 *
 * Comlink keeps the calls of a proxy in a Map until they are answered. A Map whose entries come and
 * go is given a new table again and again, and V8 lets each table that was outgrown point to the
 * next. Once a major collection has moved one of them to the old space, all that follow, and every
 * answer that was in them, are kept until the next major collection; and the young generation, whose
 * collections then find much alive, grows to its limit. With a new proxy the chain ends.
 *
 * A proxy that is garbage-collected would tell the service, by Comlink's finalizer, to serve the port
 * no more (comlink#692). So it is taken off the port once all its calls are answered; and all are when
 * the port closes, because until then a registry of Comlink's holds the port, and by its listeners
 * all that knows the proxies.
 */
export class RemoteMethods {
  readonly #port: MessagePort
  /** Before the current one: those with calls that are not answered yet. */
  #retiring: ServiceProxy[] = []
  #proxy: ServiceProxy

  constructor(port: MessagePort) {
    this.#port = port
    this.#proxy = openProxy(port)
  }

  /** Calls start in the order in which they were made, through whatever proxy. */
  async call(name: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#proxy.calls === CALLS_PER_PROXY) this.#renewProxy()
    const proxy = this.#proxy
    proxy.calls++
    proxy.unanswered++
    try {
      return await methodOf(proxy, name)(...args)
    } finally {
      proxy.unanswered--
      if (proxy !== this.#proxy) this.#detachAnswered()
    }
  }

  /** No call is answered any more; nothing is kept of the port. */
  close(): void {
    for (const { endpoint } of [...this.#retiring, this.#proxy]) endpoint.detach()
  }

  #renewProxy(): void {
    this.#retiring.push(this.#proxy)
    this.#proxy = openProxy(this.#port)
    this.#detachAnswered()
  }

  #detachAnswered(): void {
    for (const { endpoint, unanswered } of this.#retiring) if (unanswered === 0) endpoint.detach()
    this.#retiring = this.#retiring.filter(({ unanswered }) => unanswered > 0)
  }
}

type RemoteMethod = (...args: readonly unknown[]) => Promise<unknown>

/** A Comlink proxy of the service, and how many of its calls are made and unanswered. */
interface ServiceProxy {
  readonly endpoint: ComlinkEndpoint
  readonly remote: Record<string, RemoteMethod>
  readonly methods: Map<string, RemoteMethod>
  calls: number
  unanswered: number
}

function openProxy(port: MessagePort): ServiceProxy {
  const endpoint = comlinkEndpoint(port, receiveAnswer)
  const remote = Comlink.wrap(endpoint) as unknown as Record<string, RemoteMethod>
  return { endpoint, remote, methods: new Map(), calls: 0, unanswered: 0 }
}

/** An answer that makes no sense becomes one that does: its call rejects, and no other is disturbed. */
function receiveAnswer(message: unknown): unknown {
  const id = messageIdOf(message)
  if (id === null) return null
  const fault = findAnswerFault(message)
  return fault === null ? message : refusalOf(id, `the answer to a call ${fault}`)
}

/** A proxy of a method is made once, not for each call. */
function methodOf({ remote, methods }: ServiceProxy, name: string): RemoteMethod {
  let method = methods.get(name)
  if (method === undefined) {
    method = remote[name]!
    methods.set(name, method)
  }
  return method
}
