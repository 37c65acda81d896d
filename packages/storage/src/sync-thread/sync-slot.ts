import { Doorbell } from '@ringlog/core/internal/storage'

/**
 * ```text
 *  byte  name         writer              access
 *     0  DOORBELL     both: see Doorbell
 *   256  REQUESTED    the storage thread  Atomics.store / load
 *   260  DESCRIPTORS  the storage thread  plain: how many
 *   264  DESCRIPTOR   the storage thread  plain: 62 times
 *   512  ANSWERED     the sync thread     Atomics.store / load
 *   516  FAULT_BYTES  the sync thread     plain: the length of what went wrong; 0: nothing
 *   520  FAULT        the sync thread     plain: UTF-8, cut off at 1,528 bytes
 * ```
 *
 * REQUESTED and ANSWERED count requests, wrapping at 32 bits: one is under way where they differ.
 */
export const SYNC_SLOT_BYTES = 2048
const REQUESTED_WORD = 256 / 4
const DESCRIPTORS_WORD = REQUESTED_WORD + 1
const FIRST_DESCRIPTOR_WORD = DESCRIPTORS_WORD + 1
const ANSWERED_WORD = 512 / 4
const FAULT_BYTES_WORD = ANSWERED_WORD + 1
const FAULT_BYTE = (FAULT_BYTES_WORD + 1) * 4

/** So many descriptors fit in a request. */
export const DESCRIPTORS_A_REQUEST = ANSWERED_WORD - FIRST_DESCRIPTOR_WORD

/**
 * Through which a storage thread asks a sync thread for a sync, and is answered: shared memory, since a message wakes
 * an event loop, of each of the two, and takes several times as long as what else there is to a sync.
 *
 * INV-160: what is said stands there before the word that says so.
 */
export class SyncSlot {
  /** The sync thread's. */
  readonly doorbell: Doorbell
  readonly #memory: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.doorbell = new Doorbell(memory)
    this.#memory = memory
    this.#words = new Int32Array(memory)
  }

  /** Whether a request is there that has no answer. Thread: any. */
  get isUnderWay(): boolean {
    const words = this.#words
    return Atomics.load(words, REQUESTED_WORD) !== Atomics.load(words, ANSWERED_WORD) // INV-160
  }

  /**
   * Asks for a sync; none is under way. Thread: the storage thread.
   *
   * @param descriptors At most `DESCRIPTORS_A_REQUEST`.
   */
  request(descriptors: readonly number[]): void {
    const words = this.#words
    words[DESCRIPTORS_WORD] = descriptors.length
    words.set(descriptors, FIRST_DESCRIPTOR_WORD)
    Atomics.store(words, REQUESTED_WORD, (words[REQUESTED_WORD]! + 1) | 0) // INV-160
    this.doorbell.ring()
  }

  /** What the request says that is under way. Thread: the sync thread. */
  get requested(): number[] {
    const words = this.#words
    const end = FIRST_DESCRIPTOR_WORD + words[DESCRIPTORS_WORD]!
    return [...words.subarray(FIRST_DESCRIPTOR_WORD, end)]
  }

  /** Answers the request; the caller then rings the storage thread. Thread: the sync thread. */
  answer(fault: string | null): void {
    const words = this.#words
    const text = new TextEncoder().encode(fault ?? '').subarray(0, SYNC_SLOT_BYTES - FAULT_BYTE)
    new Uint8Array(this.#memory).set(text, FAULT_BYTE)
    words[FAULT_BYTES_WORD] = text.length
    Atomics.store(words, ANSWERED_WORD, words[REQUESTED_WORD]!) // INV-160
  }

  /** What went wrong with the last request, which has its answer; `null`: nothing. Thread: the storage thread. */
  get fault(): string | null {
    const length = this.#words[FAULT_BYTES_WORD]!
    if (length === 0) return null
    return new TextDecoder().decode(new Uint8Array(this.#memory, FAULT_BYTE, length).slice())
  }
}

/** What a sync thread is started with: its `workerData`. */
export interface SyncThreadStart {
  /** Of its `SyncSlot`. */
  readonly memory: SharedArrayBuffer
  /** Rung after each answer. */
  readonly storageDoorbell: SharedArrayBuffer
}
