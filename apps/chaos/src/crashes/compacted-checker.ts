import type { CheckedPartition, CrashCounts } from './checked-partition.ts'
import { GroupCommits } from './group-commits.ts'
import { keyOf, type EventOf, type SessionEvent } from './session-event.ts'

/**
 * What sessions have seen of a partition that is compacted: of each key the last record that was acknowledged is there,
 * or a later one of the key; a record stays at its offset, and is what was sent; what the group has committed is neither
 * forgotten nor ahead of what it was handed.
 */
export class CompactedChecker implements CheckedPartition {
  /** Each session says all that it finds. */
  readonly from = 0
  readonly #fault: (message: string) => void
  readonly #counts: CrashCounts
  readonly #sent = new Set<string>()
  /** What lies at an offset, or lay there: of what was acknowledged, or found. */
  readonly #nameAt = new Map<number, string>()
  readonly #offsetOf = new Map<string, number>()
  /** By key, the offset of the last record that is known. */
  readonly #lastOf = new Map<number, number>()
  /** The same of what this session has found. */
  #foundLastOf = new Map<number, number>()
  #endOffset = 0
  readonly #commits = new GroupCommits((message) => this.#fault(message))
  #handedUpTo = -1

  constructor(fault: (message: string) => void, counts: CrashCounts) {
    this.#fault = fault
    this.#counts = counts
  }

  see(event: Exclude<SessionEvent, EventOf<'complaint'>>): void {
    switch (event.type) {
      case 'began':
        return this.#begin(event)
      case 'found':
        for (const [i, name] of event.names.entries()) this.#find(event.from + i, name)
        return undefined
      case 'foundAll':
        return this.#compareKeys()
      case 'sent':
        this.#sent.add(event.name)
        return undefined
      case 'acknowledged':
        this.#counts.acknowledged++
        this.#know(event.offset, event.name)
        return undefined
      case 'handed':
        return this.#hand(event)
      case 'committing':
        return this.#commits.ask(event.offset)
      case 'committed':
        this.#commits.commit(event.offset)
        this.#counts.commits++
        return undefined
      case 'deleted':
        return undefined
    }
  }

  endSession(): void {
    this.#foundLastOf = new Map()
    this.#handedUpTo = -1
  }

  #begin({ end, committed }: EventOf<'began'>): void {
    if (end < this.#endOffset) {
      this.#fault(`the log ends at ${end}: ${this.#nameAt.get(this.#endOffset - 1)} was after it`)
    }
    this.#commits.check(committed)
  }

  #find(offset: number, name: string): void {
    this.#counts.records++
    if (!this.#sent.has(name)) this.#fault(`${name} is at ${offset}, and nobody has sent it`)
    this.#know(offset, name)
    const key = keyOf(name)
    this.#foundLastOf.set(key, Math.max(offset, this.#foundLastOf.get(key) ?? -1))
  }

  #know(offset: number, name: string): void {
    const before = this.#nameAt.get(offset)
    if (before !== undefined && before !== name) {
      this.#fault(`${name} is at ${offset}, where ${before} was`)
    }
    const place = this.#offsetOf.get(name)
    if (place !== undefined && place !== offset) {
      this.#fault(`${name} is at ${offset}, and was at ${place}`)
    }
    this.#nameAt.set(offset, name)
    this.#offsetOf.set(name, offset)
    const key = keyOf(name)
    this.#lastOf.set(key, Math.max(offset, this.#lastOf.get(key) ?? -1))
    this.#endOffset = Math.max(this.#endOffset, offset + 1)
  }

  #compareKeys(): void {
    for (const [key, offset] of this.#lastOf) {
      if ((this.#foundLastOf.get(key) ?? -1) >= offset) continue
      this.#fault(`${this.#nameAt.get(offset)} is lost, the last record of its key, at ${offset}`)
    }
  }

  #hand({ first, last }: EventOf<'handed'>): void {
    if (this.#handedUpTo < 0 && first < this.#commits.committed) {
      this.#fault(`the group began at ${first}: it had committed ${this.#commits.committed}`)
    }
    if (first <= this.#handedUpTo) {
      this.#fault(`the group was handed ${first} after ${this.#handedUpTo}`)
    }
    this.#handedUpTo = last
  }
}
