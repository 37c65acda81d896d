import { batchOf } from '../batches.ts'

/** Small batches of all sizes up to a quarter of the tiniest lane, encoded once. */
const MAX_VALUE_BYTES = 180
const SIZES = 64

/**
 * What both threads know: of which serial number each batch is, byte for byte, and which of them are
 * refused.
 */
export class LaneScript {
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Where, in a batch of that length, its serial number stands: at the start of the only value. */
  static serialByteOf(batchBytes: number): number {
    const serialByte = serialBytes.get(batchBytes)
    if (serialByte === undefined) throw new Error(`no batch of the script has ${batchBytes} bytes`)
    return serialByte
  }

  isRefused(serial: number): boolean {
    return this.#hash(serial) % 23 === 0
  }

  /** The batch of a serial number; borrowed until the next call. */
  batch(serial: number): Uint8Array {
    const batch = templates[this.#hash(serial) % SIZES]!
    const serialByte = LaneScript.serialByteOf(batch.length)
    new DataView(batch.buffer).setInt32(serialByte, serial)
    for (let i = serialByte + 4; i < batch.length - 1; i++) batch[i] = (serial * 7 + i) & 0xff
    return batch
  }

  /** Throws where `bytes` are not the batch of that number (whatever its base offset). */
  verify(bytes: Uint8Array, serial: number): void {
    const expected = this.batch(serial)
    const isSame = Buffer.compare(bytes.subarray(8), expected.subarray(8)) === 0
    if (!isSame) throw new Error(`seed=${this.#seed}: not, or not wholly, batch ${serial}`)
  }

  #hash(serial: number): number {
    const mixed = Math.imul(serial ^ (this.#seed * 0x9e37_79b1), 0x85eb_ca6b)
    return (mixed ^ (mixed >>> 13)) >>> 0
  }
}

function valueBytesOf(index: number): number {
  return 8 + Math.floor((index * (MAX_VALUE_BYTES - 8)) / SIZES)
}

const templates = Array.from({ length: SIZES }, (_, i) =>
  batchOf([{ value: new Uint8Array(valueBytesOf(i)) }]).slice(),
)

/** The value ends one byte, the number of headers, before its batch does. */
const serialBytes = new Map(
  templates.map(({ length }, i) => [length, length - 1 - valueBytesOf(i)] as const),
)
