import { KeyHash } from './key-hash.ts'

/** So full the map may get: past it, looking for a free slot takes longer and longer. */
const MAX_LOAD = 0.9

/** Memory for so many slots, 24 MiB, is kept from one use to the next. */
const MAX_KEPT_SLOTS = 1024 * 1024

/**
 * The latest offset of each key, by a hash of the key alone: 24 bytes a slot, however long the keys are. A key is
 * given by where it lies within other bytes.
 *
 * Thread: the cleaner's. Cost: all of its memory at once, by `reset`.
 *
 * Source: Apache Kafka, `storage/internals/log/SkimpyOffsetMap.java`.
 */
export class OffsetMap {
  readonly #hash: KeyHash
  #maxKeys = 0
  /** Those that are used; there may be more. */
  #slots = 0
  #hashes = new Int32Array(0)
  /** One more than the offset; 0: the slot is free. */
  #offsets = new Float64Array(0)
  #size = 0

  /** It has no room before it is `reset`. @param secret 16 bytes that nobody can guess. */
  constructor(secret: Uint8Array) {
    this.#hash = new KeyHash(secret)
  }

  /** Empties the map. @param maxKeys So many it takes from now on. */
  reset(maxKeys: number): void {
    const slots = slotsFor(maxKeys)
    if (slots > this.#offsets.length) {
      this.#hashes = new Int32Array(4 * slots)
      this.#offsets = new Float64Array(slots)
    } else {
      this.#offsets.fill(0, 0, slots)
    }
    this.#maxKeys = maxKeys
    this.#slots = slots
    this.#size = 0
  }

  get memoryBytes(): number {
    return this.#hashes.byteLength + this.#offsets.byteLength
  }

  /** Gives its memory up, where that is much; `reset` comes next. */
  release(): void {
    if (this.#offsets.length <= MAX_KEPT_SLOTS) return
    this.#hashes = new Int32Array(0)
    this.#offsets = new Float64Array(0)
  }

  /** Offsets come in ascending order: the latest stays. `false`: the key is new, and there is no room for it. */
  tryPut(bytes: Uint8Array, start: number, length: number, offset: number): boolean {
    const slot = this.#slotOf(bytes, start, length)
    if (this.#offsets[slot] === 0) {
      if (this.#size >= this.#maxKeys) return false
      this.#hashes.set(this.#hash.words, 4 * slot)
      this.#size++
    }
    this.#offsets[slot] = offset + 1
    return true
  }

  /** The latest offset of a key; -1: the map does not have it. */
  get(bytes: Uint8Array, start: number, length: number): number {
    return this.#offsets[this.#slotOf(bytes, start, length)]! - 1
  }

  /** That of the key, or the free one that it would be put in. */
  #slotOf(bytes: Uint8Array, start: number, length: number): number {
    this.#hash.of(bytes, start, length)
    const { words } = this.#hash
    const hashes = this.#hashes
    let slot = (words[0]! >>> 0) % this.#slots
    while (this.#offsets[slot] !== 0) {
      const at = 4 * slot
      const isSame =
        hashes[at] === words[0] &&
        hashes[at + 1] === words[1] &&
        hashes[at + 2] === words[2] &&
        hashes[at + 3] === words[3]
      if (isSame) break
      slot = slot + 1 === this.#slots ? 0 : slot + 1
    }
    return slot
  }
}

/** One slot more than is used at the most: so a search always ends. */
function slotsFor(maxKeys: number): number {
  return Math.ceil(maxKeys / MAX_LOAD) + 1
}
