/**
 * What members in all threads write down in shared memory, so that it outlives them: how often each
 * record was given, who has which partition, and what was wrong.
 */
export interface LedgerMemory {
  /** Bytes: how often each record was given, by partition and offset. */
  counts: SharedArrayBuffer
  /** Int32 words: by partition, the number of the member that has it; 0: nobody. */
  owners: SharedArrayBuffer
  /** Int32 words: by number, 1 once a member was told to end, or is about to be ended. */
  ended: SharedArrayBuffer
}

/** So many records of a partition are counted. */
export const MAX_OFFSETS = 1_000_000
export const MAX_MEMBERS = 10_000

export class GroupLedger {
  readonly memory: LedgerMemory
  readonly #counts: Uint8Array
  readonly #owners: Int32Array
  readonly #ended: Int32Array

  constructor(partitions: number, memory?: LedgerMemory) {
    this.memory = memory ?? {
      counts: new SharedArrayBuffer(partitions * MAX_OFFSETS),
      owners: new SharedArrayBuffer(partitions * 4),
      ended: new SharedArrayBuffer(MAX_MEMBERS * 4),
    }
    this.#counts = new Uint8Array(this.memory.counts)
    this.#owners = new Int32Array(this.memory.owners)
    this.#ended = new Int32Array(this.memory.ended)
  }

  /** A record is given to a member. */
  give(partition: number, offset: number): void {
    if (offset >= MAX_OFFSETS) throw new Error(`more records than can be counted: ${offset}`)
    Atomics.add(this.#counts, partition * MAX_OFFSETS + offset, 1)
  }

  /** How often a record was given, up to 255. */
  given(partition: number, offset: number): number {
    return Atomics.load(this.#counts, partition * MAX_OFFSETS + offset)
  }

  /**
   * A member gets a partition; throws where a member has it that has not ended.
   *
   * @param mayBeStuck A member that has it may have lost it without having noticed yet.
   */
  own(partition: number, member: number, mayBeStuck: boolean): void {
    const before = Atomics.exchange(this.#owners, partition, member)
    if (mayBeStuck || before === 0 || before === member || Atomics.load(this.#ended, before) !== 0)
      return
    throw new Error(`partition ${partition} was given to ${member} while ${before} had it`)
  }

  disown(partition: number, member: number, mayBeStuck: boolean): void {
    const before = Atomics.compareExchange(this.#owners, partition, member, 0)
    if (mayBeStuck || before === member) return
    throw new Error(`partition ${partition} was taken from ${member} while ${before} had it`)
  }

  /** To be called before a member is ended from outside. */
  end(member: number): void {
    Atomics.store(this.#ended, member, 1)
  }
}
