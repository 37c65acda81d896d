import { Doorbell, type WaitStrategy } from '@ringlog/core'
import { copyBytes } from '@ringlog/core/internal'

/**
 * A single-producer, single-consumer ring of bytes that does nothing but copy: the floor under every
 * pipeline of threads. Entries are of one size, 8-byte aligned.
 *
 * ```text
 *  byte   0   HEAD   entries written   producer   Atomics.store / load
 *  byte 128   TAIL   entries read      consumer   Atomics.store / load
 *  byte 256   data
 * ```
 */
const HEAD_WORD = 0
const TAIL_WORD = 128 / 8
const DATA_BYTE = 256

export interface CopyRingMemory {
  readonly memory: SharedArrayBuffer
  readonly writerBell: SharedArrayBuffer
  readonly readerBell: SharedArrayBuffer
  readonly entryBytes: number
}

export function createCopyRing(ringBytes: number, entryBytes: number): CopyRingMemory {
  return {
    memory: new SharedArrayBuffer(DATA_BYTE + ringBytes),
    writerBell: new Doorbell().memory,
    readerBell: new Doorbell().memory,
    entryBytes,
  }
}

export class CopyRing {
  readonly #words: BigInt64Array
  readonly #data: Uint8Array
  readonly #entryBytes: number
  readonly #entries: number
  readonly #writerBell: Doorbell
  readonly #readerBell: Doorbell
  readonly #strategy: WaitStrategy
  #head = 0
  #tail = 0

  constructor({ memory, writerBell, readerBell, entryBytes }: CopyRingMemory, wait: WaitStrategy) {
    this.#words = new BigInt64Array(memory, 0, DATA_BYTE / 8)
    this.#data = new Uint8Array(memory, DATA_BYTE)
    this.#entryBytes = entryBytes
    this.#entries = Math.floor(this.#data.length / entryBytes)
    this.#writerBell = new Doorbell(writerBell)
    this.#readerBell = new Doorbell(readerBell)
    this.#strategy = wait
  }

  /** Copies an entry in, waiting for room. */
  write(entry: Uint8Array): void {
    const hasRoom = (): boolean => this.#head - this.#tail < this.#entries
    if (!hasRoom()) {
      this.#writerBell.waitSync(
        () => {
          this.#tail = Number(Atomics.load(this.#words, TAIL_WORD))
          return hasRoom()
        },
        { strategy: this.#strategy },
      )
    }
    const start = (this.#head % this.#entries) * this.#entryBytes
    copyBytes(entry, 0, this.#data, start, this.#entryBytes)
    this.#head++
    Atomics.store(this.#words, HEAD_WORD, BigInt(this.#head))
    this.#readerBell.ring()
  }

  /** Copies the next entry out, waiting for it, and gives its room back. */
  readInto(target: Uint8Array): void {
    copyBytes(this.#data, this.#awaitNext(), target, 0, this.#entryBytes)
    this.#release()
  }

  /** Copies the next entry into another ring, waiting for it and for room there, and gives its room back. */
  forwardTo(ring: CopyRing): void {
    const start = this.#awaitNext()
    ring.write(this.#data.subarray(start, start + this.#entryBytes))
    this.#release()
  }

  /** Where the next entry starts, once it is there. */
  #awaitNext(): number {
    if (this.#tail === this.#head) {
      this.#readerBell.waitSync(
        () => {
          this.#head = Number(Atomics.load(this.#words, HEAD_WORD))
          return this.#head > this.#tail
        },
        { strategy: this.#strategy },
      )
    }
    return (this.#tail % this.#entries) * this.#entryBytes
  }

  #release(): void {
    this.#tail++
    Atomics.store(this.#words, TAIL_WORD, BigInt(this.#tail))
    this.#writerBell.ring()
  }
}
