import * as Comlink from 'comlink'
import { decodeThrown } from '../errors/decode-error.ts'
import { encodeThrown } from '../errors/encode-error.ts'
import type { WireValue } from '../errors/error-wire.ts'
import { THROW_HANDLER } from './rpc-message.ts'

/** What Comlink's throw handler is given: the thrown value beside a marker of Comlink's. */
interface Thrown {
  value: unknown
}

/**
 * Replaces Comlink's handler for thrown values, which keeps only name, message and stack, by one
 * that carries errors whole. Both ends of a port must have called it, once a thread.
 */
export function installErrorTransfer(): void {
  const original = Comlink.transferHandlers.get(THROW_HANDLER)
  if (original === undefined) throw new Error('this version of Comlink has no handler for errors')
  Comlink.transferHandlers.set(THROW_HANDLER, {
    canHandle: (value): value is unknown => original.canHandle(value),
    serialize: (thrown) => [encodeThrown((thrown as Thrown).value), []],
    deserialize: (wire) => {
      throw decodeThrown(wire as WireValue)
    },
  })
}
