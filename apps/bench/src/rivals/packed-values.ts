import type { ValueWalk } from '../metrics/stamped-value.ts'

/**
 * Values one after the other, as one would pack them by hand.
 *
 * ```text
 *  uint32, little-endian   length of the value
 *  …                       the value
 * ```
 */
const LENGTH_BYTES = 4

export function packedBytes(valueBytes: number): number {
  return LENGTH_BYTES + valueBytes
}

/** Puts a value at that place; returns where the next one goes. There must be room. */
export function pack(value: Uint8Array, memory: Uint8Array, at: number): number {
  const length = value.length
  memory[at] = length
  memory[at + 1] = length >>> 8
  memory[at + 2] = length >>> 16
  memory[at + 3] = length >>> 24
  memory.set(value, at + LENGTH_BYTES)
  return at + LENGTH_BYTES + length
}

/** Goes through packed values. */
export class PackedWalk implements ValueWalk {
  bytes: Uint8Array = new Uint8Array(0)
  valueStart = 0
  valueLength = 0
  #at = 0
  #end = 0

  open(bytes: Uint8Array, end: number): this {
    this.bytes = bytes
    this.#at = 0
    this.#end = end
    return this
  }

  next(): boolean {
    const at = this.#at
    if (at >= this.#end) return false
    const { bytes } = this
    const length =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    this.valueStart = at + LENGTH_BYTES
    this.valueLength = length
    this.#at = at + LENGTH_BYTES + length
    return true
  }
}
