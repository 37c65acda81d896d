import type { Before, TriedRecords } from '../handling/tried-records.ts'
import type { AttemptLedger, HeldRecords, PartitionTags } from '../wire/attempt-ledger.ts'

/**
 * The records of a partition that threads which had it before were handling, and did not finish. How often
 * each was tried stays in the ledger until it is finished.
 *
 * Thread: the one that has the partition.
 */
export class Suspects implements TriedRecords {
  readonly #ledger: AttemptLedger
  readonly #held: HeldRecords[]

  /**
   * @param position Where the partition is read from: what lies before is finished.
   * @param isTaken Whether a slot is the thread's own.
   * @returns `null`: there are none.
   */
  static of(
    { tag, topicTag }: PartitionTags,
    position: number,
    ledger: AttemptLedger,
    isTaken: (slot: number) => boolean,
  ): Suspects | null {
    const held = ledger.heldOf(tag).filter(({ slot }) => !isTaken(slot))
    if (held.length === 0) return null
    const suspects = new Suspects(ledger, held)
    suspects.#free((record) => record.endOffset <= position || record.topicTag !== topicTag)
    return suspects.isEmpty ? null : suspects
  }

  private constructor(ledger: AttemptLedger, held: HeldRecords[]) {
    this.#ledger = ledger
    this.#held = held
  }

  get isEmpty(): boolean {
    return this.#held.length === 0
  }

  /** `null`: it was not tried before. */
  find(offset: number): Before | null {
    const all = this.#held.filter((held) => offset >= held.offset && offset < held.endOffset)
    if (all.length === 0) return null
    const attempts = Math.max(...all.map((held) => held.attempts))
    return {
      attempts,
      isSuspect: all.some(({ isRunning }) => isRunning),
      isGuilty: all.some((held) => held.attempts === attempts && provesGuilt(held)),
    }
  }

  /** The records before this offset are committed: no thread gets them again. */
  committed(offset: number): void {
    this.#free(({ endOffset }) => endOffset <= offset)
  }

  #free(isFinished: (held: HeldRecords) => boolean): void {
    for (let i = this.#held.length - 1; i >= 0; i--) {
      const held = this.#held[i]!
      if (!isFinished(held)) continue
      this.#ledger.free(held.slot, held.tag)
      this.#held.splice(i, 1)
    }
  }
}

/** Whether nothing else ran: no other handler, and no other record of a batch. */
function provesGuilt({ isRunning, isAlone, offset, endOffset }: HeldRecords): boolean {
  return isRunning && isAlone && endOffset - offset === 1
}
