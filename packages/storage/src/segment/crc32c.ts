import type * as Native from '@node-rs/crc32'

let crcOf: ((bytes: Uint8Array) => number) | null = null

/**
 * The CRC-32C (Castagnoli) of bytes, as Kafka's files have it: by the processor's instruction, or where that package has
 * nothing for this platform, or a bundle has left it behind, by a table, which takes many times as long.
 */
export function crc32c(bytes: Uint8Array): number {
  crcOf ??= loadNative() ?? crc32cByTable
  return crcOf(bytes)
}

/**
 * Loaded with the first checksum, by its name: a bundler cannot take machine code in, and needs not know of it.
 *
 * @internal Exported for tests alone.
 */
export function loadNative(): typeof Native.crc32c | null {
  try {
    const { createRequire } = process.getBuiltinModule('node:module')
    const native = createRequire(whereToLookFrom())('@node-rs/crc32') as typeof Native
    return native.crc32c
  } catch {
    return null
  }
}

/** From where the package is found, which only this package depends on. */
function whereToLookFrom(): string {
  try {
    return import.meta.resolve('@ringlog/storage') // this code may be bundled into the file of a thread
  } catch {
    // In a program's bundle packages lie beside the program; one of CommonJS has no URL of this module.
    const { url } = import.meta as { url?: string }
    return url ?? process.argv[1] ?? process.execPath
  }
}

/** Castagnoli's polynomial, its bits from the lowest to the highest. */
const POLYNOMIAL = 0x82f6_3b78

let table: Uint32Array | null = null

/** @internal Exported for tests alone. */
export function crc32cByTable(bytes: Uint8Array): number {
  table ??= makeTable()
  let crc = -1
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * POLYNOMIAL)
    return crc
  })
}
