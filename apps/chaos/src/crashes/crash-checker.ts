import type { CheckedPartition, CrashCounts } from './checked-partition.ts'
import { CompactedChecker } from './compacted-checker.ts'
import { GroupCommits } from './group-commits.ts'
import type { EventOf, SessionEvent } from './session-event.ts'

/**
 * Holds what sessions have seen against each other: nothing that was acknowledged is lost, repeated, moved or
 * altered; records of one producer stay in their order; what the group has committed is neither forgotten nor
 * ahead of what it was handed; what was deleted does not come back, and nothing goes that the group has not committed.
 *
 * It knows nothing but what was told, and tells every fault in words.
 */
export class CrashChecker {
  readonly faults: string[] = []
  readonly counts: CrashCounts = {
    records: 0,
    acknowledged: 0,
    unacknowledgedKept: 0,
    commits: 0,
    dumps: 0,
  }
  readonly #partitions: CheckedPartition[]

  constructor(partitions: number, isCompacted = false) {
    this.#partitions = Array.from({ length: partitions }, (_, i) => {
      if (!isCompacted) return new PartitionChecker(i, this)
      const fault = (message: string): void => void this.faults.push(`partition ${i}: ${message}`)
      return new CompactedChecker(fault, this.counts)
    })
  }

  /** A session has told something. */
  see(event: SessionEvent): void {
    if (event.type === 'complaint') this.faults.push(event.message)
    else this.#partitions[event.partition]!.see(event)
  }

  /** A session was killed. */
  endSession(): void {
    for (const partition of this.#partitions) partition.endSession()
  }

  /** From where on the next session is to say what it finds, by partition. */
  get from(): number[] {
    return this.#partitions.map(({ from }) => from)
  }
}

class PartitionChecker implements CheckedPartition {
  readonly #partition: number
  readonly #checker: CrashChecker
  /** What lies at each offset, as far as it was found. */
  readonly #found: string[] = []
  readonly #offsetOf = new Map<string, number>()
  /** The last number of each producer that was found. */
  readonly #lastOf = new Map<string, number>()
  readonly #sent = new Set<string>()
  /** Of the present session: what was acknowledged, by offset. */
  #acknowledged = new Map<number, string>()
  readonly #commits = new GroupCommits((message) => this.#fault(message))
  /** What was deleted for certain. */
  #deleted = 0
  #handedUpTo = 0
  #isFirstHanded = true

  constructor(partition: number, checker: CrashChecker) {
    this.#partition = partition
    this.#checker = checker
  }

  /** All that was found before was seen whole; what a session acknowledges lies behind it. */
  get from(): number {
    return this.#found.length
  }

  see(event: Exclude<SessionEvent, EventOf<'complaint'>>): void {
    switch (event.type) {
      case 'began':
        return this.#begin(event)
      case 'found':
        return this.#find(event)
      case 'sent':
        this.#sent.add(event.name)
        return undefined
      case 'acknowledged':
        return this.#acknowledge(event)
      case 'handed':
        return this.#hand(event)
      case 'committing':
        return this.#commits.ask(event.offset)
      case 'committed':
        this.#commits.commit(event.offset)
        this.#checker.counts.commits++
        return undefined
      case 'foundAll':
        return undefined
      case 'deleted':
        this.#deleted = Math.max(this.#deleted, event.offset)
        return undefined
    }
  }

  endSession(): void {
    this.#isFirstHanded = true
  }

  #begin({ start, end, committed }: EventOf<'began'>): void {
    if (start < this.#deleted) {
      this.#fault(`the log begins at ${start}: what lies before ${this.#deleted} had been deleted`)
    }
    if (start > this.#commits.committing) {
      this.#fault(
        `the log begins at ${start}: the group has committed ${this.#commits.committing} at most`,
      )
    }
    this.#deleted = Math.max(this.#deleted, start)
    // What was deleted before it was found is not looked for.
    if (start > this.#found.length) this.#found.length = start
    const lost = [...this.#acknowledged].filter(([offset]) => offset >= end)
    for (const [offset, name] of lost)
      this.#fault(`${name} is lost: it was acknowledged at ${offset}, and the log ends at ${end}`)
    this.#commits.check(committed)
  }

  #find({ from, names }: EventOf<'found'>): void {
    for (const [i, name] of names.entries()) {
      const offset = from + i
      if (offset !== this.#found.length)
        this.#fault(`offset ${offset} was found after ${this.#found.length - 1}`)
      this.#found[offset] = name
      const before = this.#offsetOf.get(name)
      if (before !== undefined) this.#fault(`${name} is there twice: at ${before} and ${offset}`)
      this.#offsetOf.set(name, offset)
      if (!this.#sent.has(name)) this.#fault(`${name} is at ${offset}, and nobody has sent it`)
      const acknowledged = this.#acknowledged.get(offset)
      if (acknowledged !== undefined && acknowledged !== name) {
        this.#fault(`${acknowledged} was acknowledged at ${offset}, where ${name} is`)
      }
      if (acknowledged === undefined) this.#checker.counts.unacknowledgedKept++
      this.#checkOrder(name, offset)
      this.#checker.counts.records++
    }
  }

  #checkOrder(name: string, offset: number): void {
    const [session, producer, number] = name.split('.')
    const key = `${session}.${producer}`
    const last = this.#lastOf.get(key) ?? -1
    if (Number(number) <= last)
      this.#fault(`${name} is at ${offset}, after number ${last} of its producer`)
    this.#lastOf.set(key, Number(number))
  }

  #acknowledge({ offset, name }: EventOf<'acknowledged'>): void {
    const before = this.#found[offset] ?? this.#acknowledged.get(offset)
    if (before !== undefined)
      this.#fault(`${name} was acknowledged at ${offset}, where ${before} is`)
    this.#acknowledged.set(offset, name)
    this.#checker.counts.acknowledged++
  }

  #hand({ first, last }: EventOf<'handed'>): void {
    if (
      this.#isFirstHanded &&
      (first < this.#commits.committed || first > this.#commits.committing)
    ) {
      this.#fault(
        `the group began at ${first}: it had committed ${this.#commits.committed}, and asked for ${this.#commits.committing} at most`,
      )
    }
    if (!this.#isFirstHanded && first !== this.#handedUpTo + 1) {
      this.#fault(`the group was handed ${first} after ${this.#handedUpTo}`)
    }
    this.#isFirstHanded = false
    this.#handedUpTo = last
  }

  #fault(message: string): void {
    this.#checker.faults.push(`partition ${this.#partition}: ${message}`)
  }
}
