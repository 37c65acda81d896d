import { Doorbell, Gate, RingLogReader, type ReadResult } from '@ringlog/core/internal'
import type { FollowedMemory } from './follower-messages.ts'
import { FollowerWords } from './follower-words.ts'

/** A gate here holds nothing back. */
export const NOT_HELD = Number.MAX_SAFE_INTEGER

/**
 * A follower's ring, as one of its readers sees it.
 *
 * Thread: the consumer's.
 */
export class FollowedRing {
  readonly words: FollowerWords
  readonly #reader: RingLogReader
  readonly #gate: Gate | null
  readonly #followerDoorbell: Doorbell

  constructor({ ring, words, followerDoorbell, gate }: FollowedMemory) {
    this.words = new FollowerWords(words)
    this.#reader = new RingLogReader(ring)
    this.#gate = gate === null ? null : new Gate(gate, ring)
    this.#followerDoorbell = new Doorbell(followerDoorbell)
  }

  read(offset: number, target: Uint8Array, result: ReadResult): void {
    this.#reader.read(offset, target, result)
  }

  availableBytes(offset: number): number {
    return this.#reader.availableBytes(offset)
  }

  /** `null`: it holds nothing back. */
  get heldOffset(): number | null {
    const offset = this.#gate?.offset ?? NOT_HELD
    return offset === NOT_HELD ? null : offset
  }

  /**
   * Holds what lies from `offset` on. Where the ring has dropped that already it holds nothing (INV-188): what is
   * behind is fetched elsewhere, and others need not wait for it.
   */
  holdFrom(offset: number): void {
    const isBehind = offset < this.#reader.logStartOffset
    if (this.#gate?.release(isBehind ? NOT_HELD : offset) === true) this.#followerDoorbell.ring() // INV-9
  }
}
