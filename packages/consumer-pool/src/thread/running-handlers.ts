import { setTimer } from '@ringlog/core/internal'
import type { AttemptLedger, PartitionTags } from '../wire/attempt-ledger.ts'

const NONE = -1
/** How long the timers and callbacks that a handler leaves behind have to throw, before another begins. */
const LEFT_BEHIND_MS = 5

/**
 * The handlers that run in a thread. Each is written into the ledger, so that the pool can see which records
 * were being handled when the thread crashed. Where there were several, each runs alone the next time.
 *
 * Thread: the pool thread's.
 */
export class RunningHandlers {
  readonly #ledger: AttemptLedger
  readonly #threadIndex: number
  readonly #taken = new Set<number>()
  #free: number[]
  #running = 0
  /** The slot of the handler that runs, as long as no other has run beside it. */
  #aloneSlot = NONE
  /** The slot of a suspect that runs, or waits until no other handler does: no other begins meanwhile. */
  #suspectSlot = NONE
  #waiters: Array<() => void> = []

  constructor(ledger: AttemptLedger, threadIndex: number) {
    this.#ledger = ledger
    this.#threadIndex = threadIndex
    this.#free = ledger.freeSlots(threadIndex)
  }

  /** Whether a handler may be begun at once. */
  get isFree(): boolean {
    return this.#suspectSlot === NONE
  }

  /** Whether a slot is of records that this thread is handling. */
  isTaken(slot: number): boolean {
    return this.#taken.has(slot)
  }

  /** A slot, for one attempt after the other with records of one partition; `null`: all are in use. */
  takeSlot(partition: PartitionTags): number | null {
    if (this.#free.length === 0) {
      this.#free = this.#ledger.freeSlots(this.#threadIndex).filter((slot) => !this.isTaken(slot))
    }
    const slot = this.#free.pop()
    if (slot === undefined) return null
    this.#taken.add(slot)
    this.#ledger.take(slot, partition)
    return slot
  }

  leaveSlot(slot: number, tag: number): void {
    this.#ledger.end(slot)
    this.#ledger.free(slot, tag)
    this.#taken.delete(slot)
    this.#free.push(slot)
    this.#tellChange()
  }

  /** Right before a handler is called, while `isFree`. */
  begin({ slot, offset, endOffset, attempt }: Attempt): void {
    const isAlone = this.#running++ === 0
    this.#ledger.begin(slot, offset, endOffset, attempt, isAlone)
    if (this.#aloneSlot !== NONE) this.#ledger.notAlone(this.#aloneSlot)
    this.#aloneSlot = isAlone ? slot : NONE
  }

  /** Begins the attempt as soon as it may; returns whether it has: not where `isOver` came to hold before. */
  async beginInTurn(attempt: Attempt, isOver: () => boolean): Promise<boolean> {
    while (!this.isFree && !isOver()) await this.change()
    if (isOver()) return false
    if (attempt.isSuspect) {
      this.#suspectSlot = attempt.slot
      while (this.#running > 0) await this.change()
      await leftBehindHasRun() // a crash by handlers that ran before is not to be blamed on this one
      if (isOver()) {
        this.#letOthersBegin()
        return false
      }
    }
    this.begin(attempt)
    return true
  }

  /** The first records of a batch are done. */
  advance(slot: number, offset: number): void {
    this.#ledger.advance(slot, offset)
  }

  /** The handler has ended well; the next may begin. */
  end({ slot }: Attempt): void {
    this.#ledger.end(slot)
    this.#leave(slot)
  }

  /** The handler has failed; the next may begin, and these records may be tried again. */
  fail({ slot }: Attempt): void {
    this.#ledger.rest(slot)
    this.#leave(slot)
  }

  /** Resolves when a handler has ended, or a slot is free. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  #leave(slot: number): void {
    this.#running--
    if (this.#aloneSlot === slot) this.#aloneSlot = NONE
    if (this.#suspectSlot === slot) this.#letOthersBegin()
    else this.#tellChange()
  }

  #letOthersBegin(): void {
    this.#suspectSlot = NONE
    this.#tellChange()
  }

  #tellChange(): void {
    if (this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }
}

/** One call of a handler: the record or the batch that it is given. */
export interface Attempt {
  readonly slot: number
  readonly offset: number
  readonly endOffset: number
  /** From 1. */
  readonly attempt: number
  /** It may have crashed a thread: it runs while no other does. */
  readonly isSuspect: boolean
  /** The same attempt has failed for want of memory before: this time it counts. */
  readonly wasHeldUp: boolean
}

/** Resolves when the timers and callbacks that a handler left behind have had their time to throw. */
export async function leftBehindHasRun(): Promise<void> {
  await new Promise<void>((resolve) => setTimer(resolve, LEFT_BEHIND_MS))
}
