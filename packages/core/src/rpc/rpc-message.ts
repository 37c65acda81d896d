import { encodeThrown } from '../errors/encode-error.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'

/**
 * What of Comlink's protocol crosses our ports; nothing else is let through to it.
 *
 * ```text
 *  call     { id, type: "APPLY", path: [method], argumentList: [value, …] }
 *  answer   { id, …value }
 *  value    { type: "RAW", value } or { type: "HANDLER", name, value }
 *           name: "move" of either, "throw" of an answer alone
 * ```
 *
 * Comlink itself answers whatever it is sent: it reads and sets properties by any path (also that of
 * `constructor`), lets whoever asks construct, and throws, outside of any promise, on a message that is
 * none. So a thread that posts such a thing would end the thread that it posts it to.
 *
 * Source: Comlink, `src/protocol.ts`, `src/comlink.ts`.
 */
const APPLY = 'APPLY'
const RAW = 'RAW'
const HANDLER = 'HANDLER'
/** The names of the handlers that both ends of our ports have: see `installMoveTransfer`. */
export const MOVE_HANDLER = 'move'
export const THROW_HANDLER = 'throw'

/** The id of a message; `null`: nobody waits for an answer to it. */
export function messageIdOf(message: unknown): string | null {
  const id = fieldOf(message, 'id')
  return typeof id === 'string' && id !== '' ? id : null
}

/** Says what of a call cannot be, or `null`. */
export function findCallFault(message: unknown, service: object): string | null {
  if (fieldOf(message, 'type') !== APPLY) return `has the type ${show(fieldOf(message, 'type'))}`
  const path = fieldOf(message, 'path')
  const method: unknown = Array.isArray(path) && path.length === 1 ? path[0] : null
  if (typeof method !== 'string' || !offers(service, method)) {
    return `names no method of the service: ${show(method)}`
  }
  const args = fieldOf(message, 'argumentList')
  if (!Array.isArray(args)) return `has arguments that are no list: ${show(args)}`
  return args.every((value) => isValue(value, [MOVE_HANDLER]))
    ? null
    : 'has arguments of no known kind'
}

/** The name of the method that a call is of. `message`: a call, by `findCallFault`. */
export function methodOf(message: unknown): string {
  return (message as { path: [string] }).path[0]
}

/** The arguments of a call. `message`: a call, by `findCallFault`. */
export function argumentsOf(message: unknown): unknown[] {
  const { argumentList } = message as { argumentList: ReadonlyArray<{ value: unknown }> }
  return argumentList.map(({ value }) => value)
}

/** Says what of an answer cannot be, or `null`. */
export function findAnswerFault(message: unknown): string | null {
  return isValue(message, [MOVE_HANDLER, THROW_HANDLER]) ? null : 'is of no known kind'
}

/** The answer to, or in place of, a message that makes no sense: the call rejects with INVALID_REQUEST. */
export function refusalOf(id: string, what: string): object {
  const error = new RinglogError('INVALID_REQUEST', what)
  return { id, type: HANDLER, name: THROW_HANDLER, value: encodeThrown(error) }
}

function offers(service: object, method: string): boolean {
  return (
    !(method in Object.prototype) &&
    typeof (service as Record<string, unknown>)[method] === 'function'
  )
}

function isValue(message: unknown, handlers: readonly string[]): boolean {
  const type = fieldOf(message, 'type')
  if (type === RAW) return true
  return type === HANDLER && handlers.includes(fieldOf(message, 'name') as string)
}

/** What was posted is plain data: reading it runs no code. */
function fieldOf(message: unknown, name: string): unknown {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(message, name))
    return undefined
  return (message as Record<string, unknown>)[name]
}
