import type * as V8 from 'node:v8'
import { copyBytes } from '../concurrent/copy-bytes.ts'
import { decodeError } from './decode-error.ts'
import { encodeError } from './encode-error.ts'
import type { WireError, WireValue } from './error-wire.ts'
import { RinglogError } from './ringlog-error.ts'
import { ELLIPSIS } from './ellipsis.ts'

/**
 * A section of shared memory for an error.
 *
 * ```text
 *  byte   name            access
 *     0   ERROR_LENGTH    plain, before the word that publishes the error
 *     8   the error as plain data, serialized
 * ```
 */
export const ERROR_SECTION_BYTES = 2048
export const ERROR_LENGTH_BYTE = 0
export const ERROR_DATA_BYTE = 8

const MAX_ERROR_BYTES = ERROR_SECTION_BYTES - ERROR_DATA_BYTE
/** What fits in any case: a character takes at most two bytes, and the rest is small. */
const MAX_CUT_MESSAGE_LENGTH = (MAX_ERROR_BYTES - 512) / 2

/**
 * An error on its way through shared memory, with its message and details: a section holds one at a time. Who
 * writes it, which word publishes it, and when it may be overwritten, is the business of those who share
 * the memory (INV-26, INV-28, INV-92).
 */
export class ErrorSection {
  readonly #bytes: Uint8Array
  readonly #length: Int32Array

  constructor(memory: SharedArrayBuffer, byte: number) {
    this.#bytes = new Uint8Array(memory, byte, ERROR_SECTION_BYTES)
    this.#length = new Int32Array(memory, byte + ERROR_LENGTH_BYTE, 1)
  }

  /**
   * Writes an error; one that is too long loses its causes' stacks, its own, its causes and properties, then
   * its details.
   */
  write(error: RinglogError): void {
    const bytes = serializeToFit(encodeError(error))
    copyBytes(bytes, 0, this.#bytes, ERROR_DATA_BYTE, bytes.length)
    this.#length[0] = bytes.length
  }

  /** The error that was written; where it cannot be read any more, one of `code` without details. */
  read(code: RinglogError['code']): RinglogError {
    const length = this.#length[0]!
    if (length < 1 || length > MAX_ERROR_BYTES) return new RinglogError(code)
    const bytes = new Uint8Array(length)
    copyBytes(this.#bytes, ERROR_DATA_BYTE, bytes, 0, length)
    try {
      const error = decodeError(v8().deserialize(bytes) as WireError)
      return RinglogError.is(error, code) ? error : new RinglogError(code)
    } catch {
      return new RinglogError(code)
    }
  }
}

function serializeToFit(wire: WireError): Uint8Array {
  const cuts: Array<() => WireError> = [
    () => wire,
    () => ({ ...wire, cause: withoutStack(wire.cause) }),
    () => ({ ...wire, stack: null, cause: withoutStack(wire.cause) }),
    () => ({ ...wire, stack: null, cause: null, properties: [] }),
    () => ({ ...wire, stack: null, cause: null, properties: [], details: [] }),
  ]
  for (const cut of cuts) {
    const bytes = tryToSerialize(cut())
    if (bytes !== null && bytes.length <= MAX_ERROR_BYTES) return bytes
  }
  const message = `${wire.message.slice(0, MAX_CUT_MESSAGE_LENGTH)}${ELLIPSIS}`
  return v8().serialize({
    ...wire,
    name: 'RinglogError',
    message,
    stack: null,
    cause: null,
    properties: [],
    details: [],
  })
}

function withoutStack(cause: WireValue | null): WireValue | null {
  if (cause?.type !== 'error') return cause
  const { error } = cause
  return { ...cause, error: { ...error, stack: null, cause: withoutStack(error.cause) } }
}

/** `null`: it holds something that can be posted to a thread, but not be serialized: shared memory. */
function tryToSerialize(wire: WireError): Uint8Array | null {
  try {
    return v8().serialize(wire)
  } catch {
    return null
  }
}

/** Loaded with the first error: every thread would pay for it. */
function v8(): typeof V8 {
  return process.getBuiltinModule('node:v8')
}
