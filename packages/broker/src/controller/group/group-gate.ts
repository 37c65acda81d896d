import { GateView, createGateMemory, type StartPosition } from '@ringlog/core/internal'
import type { GroupGateOffset } from '@ringlog/partition-worker'
import type { Partition } from '../topic/partition.ts'

/** Gates are numbered through, over all groups and partitions. */
let lastMoveId = 0

/**
 * The gate of one group on one partition: kept here for as long as the group has offsets there, while
 * its owners change and while it has none.
 *
 * Moves are made one after the other; each takes the gate from its owner at that moment.
 *
 * Thread: the controller's.
 */
export class GroupGate {
  readonly partition: Partition
  readonly #groupId: string
  #view: GateView | null = null
  #owner: GateOwner | null = null
  #metadata: { readonly offset: number; readonly text: string } | null = null
  #turns = 0
  #lastTurn: Promise<unknown> = Promise.resolve()

  constructor(groupId: string, partition: Partition) {
    this.#groupId = groupId
    this.partition = partition
  }

  /** The consumer that commits now; `null`: none. */
  get owner(): GateOwner | null {
    return this.#owner
  }

  /** Whether the gate holds by now. */
  get isOpen(): boolean {
    return this.#view !== null
  }

  /** Whether it is of no use: it does not hold, and nothing is about to change that. */
  get isUnused(): boolean {
    return this.#view === null && this.#turns === 0
  }

  /** Whether it has an owner, or is on its way. */
  get isInUse(): boolean {
    return this.#owner !== null || this.#turns > 0
  }

  /** The offset below which the group has released everything. */
  get heldOffset(): number {
    return this.#view?.heldOffset ?? 0
  }

  get standing(): GroupStanding {
    const committed = this.#view?.committed ?? null
    const currentCommitted = committed === null ? -1 : committed - 1
    const isLive = this.#owner !== null && this.#view !== null && this.#view.position >= 0
    const metadata = this.#metadata?.offset === committed ? (this.#metadata?.text ?? '') : ''
    if (!isLive)
      return { committed, position: committed, currentOffset: currentCommitted, metadata }
    const { position, currentOffset } = this.#view!
    // An owner that has handed out nothing goes on where the last one stopped.
    return {
      committed,
      position,
      currentOffset: currentOffset < 0 ? currentCommitted : currentOffset,
      metadata,
    }
  }

  /**
   * Takes the gate from its owner and gives it to another; `null`: to none, and the group holds what it
   * has not committed.
   *
   * @param start Where the group starts, if it has no gate here yet.
   * @returns `null` where it has no owner now: none was given, or it is gone.
   */
  move(owner: GateOwner | null, start: StartPosition = 'earliest'): Promise<GrantedGate | null> {
    return this.#inTurn(() => this.#move(owner, start, null))
  }

  /** Takes the gate from this owner, if it has it still. */
  async release(consumerId: string): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#owner?.consumerId === consumerId) await this.#move(null, 'earliest', null)
    })
  }

  /** Sets the committed offset of a group without an owner here. */
  async reset(offset: number): Promise<void> {
    await this.#inTurn(() => this.#move(null, offset, offset))
  }

  /** Resolves when all moves that were asked for are made. */
  async movesDone(): Promise<void> {
    await this.#lastTurn
  }

  /** The group gives up its offsets here: it holds nothing any more. */
  async remove(): Promise<void> {
    await this.#inTurn(async () => {
      this.#view?.revoke()
      this.#view = null
      this.#owner = null
      await this.partition.worker.removeGroupGate(this.#groupId).catch(() => undefined)
    })
  }

  /** The partition is gone: no commit is accepted any more. */
  drop(): void {
    this.#view?.revoke()
  }

  /** Remembers what an owner wrote beside a commit. */
  describeCommit(offset: number, text: string): void {
    this.#metadata = { offset, text }
  }

  #inTurn<T>(make: () => Promise<T>): Promise<T> {
    this.#turns++
    const made = this.#lastTurn.then(make).finally(() => this.#turns--)
    this.#lastTurn = made.catch(() => undefined)
    return made
  }

  async #move(
    to: GateOwner | null,
    start: StartPosition,
    commit: number | null,
  ): Promise<GrantedGate | null> {
    // The worker has closed the reader of a consumer that is gone: it would ring one that a later move names
    // for ever.
    const owner = to !== null && to.isPresent() ? to : null
    this.#view?.revoke() // INV-30: before the final offset is read
    this.#owner = null
    const memory = createGateMemory() // INV-32
    const offset = await this.partition.worker.moveGroupGate({
      groupId: this.#groupId,
      moveId: ++lastMoveId,
      memory,
      start,
      commit,
      consumerId: owner?.consumerId ?? null,
      clientId: owner?.clientId ?? null,
      doorbell: owner?.doorbell ?? null,
    })
    this.#view = new GateView(memory)
    this.#owner = owner
    await this.partition.files?.holdAlso(offset.offset)
    return owner === null ? null : { ...offset, memory }
  }
}

/** A consumer that commits for its group. */
export interface GateOwner {
  readonly consumerId: string
  readonly clientId: string
  /** Rung after every append to the partition. */
  readonly doorbell: SharedArrayBuffer
  /** Whether it wants the gate still: it may go while a move waits for its turn. */
  isPresent(): boolean
}

/** What the new owner of a gate is given. */
export interface GrantedGate extends GroupGateOffset {
  readonly memory: SharedArrayBuffer
}

/** Where a group stands on a partition. */
export interface GroupStanding {
  /** The next offset to read; `null`: nothing is committed. */
  readonly committed: number | null
  /** The next record that the group hands out; `null`: it has not begun. */
  readonly position: number | null
  /** The last record that the group handed out; -1: none. */
  readonly currentOffset: number
  /** What its owner wrote beside the commit; `''`: nothing. */
  readonly metadata: string
}
