import {
  GateTable,
  committedOffsetOf,
  heldSince,
  releasedBelow,
  startOffsetOf,
  type Doorbell,
  type OnPartitionWorkerStep,
  type StartPosition,
} from '@ringlog/core/internal/partition-thread'

/**
 * The gates of one partition: opened, moved and taken away here alone, so between two appends.
 *
 * Thread: the partition worker.
 */
export class PartitionGates {
  readonly #log: GatedLog
  readonly #workerDoorbell: Doorbell
  readonly #onStep: OnPartitionWorkerStep
  readonly #table = new GateTable<GateHolder>()
  /** By group: the latest move of its gate. */
  readonly #moveIds = new Map<string, number>()

  constructor(
    log: GatedLog,
    workerDoorbell: Doorbell,
    onStep: OnPartitionWorkerStep = () => undefined,
  ) {
    this.#log = log
    this.#workerDoorbell = workerDoorbell
    this.#onStep = onStep
  }

  get size(): number {
    return this.#table.size
  }

  /**
   * The offset below which all holders have released, and one that holds there; without holders `Infinity`
   * and `null`.
   */
  lowest(): { offset: number; holder: GateHolder | null } {
    return this.#table.lowest()
  }

  /** The offset that a holder starts from. */
  resolve(start: StartPosition): number {
    return startOffsetOf(start, this.#log)
  }

  /** Opens the gate of a consumer without a group, at its position. */
  openConsumer(
    consumerId: string,
    clientId: string,
    memory: SharedArrayBuffer,
    offset: number,
  ): void {
    const key = consumerKey(consumerId)
    const isMove = this.#table.has(key)
    this.#table.open(key, memory, offset, { groupId: null, consumerId, clientId })
    if (isMove) this.#workerDoorbell.ring()
  }

  /** Takes over the gate of a consumer without a group, where it stands. */
  attachConsumer(consumerId: string, clientId: string, memory: SharedArrayBuffer): void {
    this.#table.attach(consumerKey(consumerId), memory, { groupId: null, consumerId, clientId })
  }

  /** Takes over the gate of a group, where it stands. */
  attachGroup({ groupId, consumerId, clientId, moveId, memory }: AttachedGroupGate): void {
    this.#moveIds.set(groupId, moveId)
    this.#table.attach(groupKey(groupId), memory, { groupId, consumerId, clientId })
  }

  closeConsumer(consumerId: string): void {
    this.#close(consumerKey(consumerId))
  }

  /**
   * Gives a group's gate over to the memory of its new owner, at the offset where the old one left it;
   * opens it where the group has none yet. It all happens in one turn: the group holds throughout
   * (INV-31).
   *
   * INV-30: the former owner's grant was revoked before this; so what is read here is final.
   * INV-62: rings the worker whatever the move sets: the former owner may have released without a ring.
   */
  moveGroup(move: Omit<GroupGateMove, 'doorbell'>): GroupGateOffset {
    const { moveId, memory, start, commit, groupId, consumerId, clientId } = move
    const holder = { groupId, consumerId, clientId }
    const key = groupKey(groupId)
    const isMade = this.#moveIds.get(groupId) === moveId
    const present = this.#table.committedWordOf(key)
    const committedWord = (isMade ? null : commit) ?? present ?? heldSince(this.resolve(start))
    if (!isMade) {
      this.#onStep('whileMovingGate')
      this.#moveIds.set(groupId, moveId)
      this.#table.open(key, memory, committedWord, holder)
      this.#onStep('afterMovingGate')
      this.#workerDoorbell.ring() // INV-62
    }
    return {
      offset: releasedBelow(committedWord),
      isCommitted: committedOffsetOf(committedWord) !== null,
    }
  }

  /** The group is deleted: it holds nothing back any more. */
  removeGroup(groupId: string): void {
    this.#moveIds.delete(groupId)
    this.#close(groupKey(groupId))
  }

  #close(key: string): void {
    const committedWord = this.#table.committedWordOf(key)
    if (committedWord !== null) {
      this.#log.noteReleased(releasedBelow(committedWord))
    }
    if (this.#table.close(key)) this.#workerDoorbell.ring()
  }
}

/** The holder of a gate, for messages: a consumer without a group by its position, a group by its commits. */
export interface GateHolder {
  /** `null`: a consumer without a group. */
  readonly groupId: string | null
  /** `null`: a group of which no live consumer has the partition. */
  readonly consumerId: string | null
  readonly clientId: string | null
}

/** A group's gate, and the move that brought it where it is. */
export interface AttachedGroupGate extends GateHolder {
  readonly groupId: string
  /** The owner's: rung after every append. `null`: it has none. */
  readonly doorbell: SharedArrayBuffer | null
  /** Names the move among all of the partition: the same move made again changes nothing. */
  readonly moveId: number
  readonly memory: SharedArrayBuffer
}

/** A group's gate on its way to new memory. */
export interface GroupGateMove extends AttachedGroupGate {
  /** Where the group starts, if it has no gate here yet. */
  readonly start: StartPosition
  /** What is to be its committed offset from now on; `null`: what it is. */
  readonly commit: number | null
}

/** Where a group stands on a partition. */
export interface GroupGateOffset {
  /** The committed offset; where nothing is committed, the offset that the group starts from. */
  readonly offset: number
  readonly isCommitted: boolean
}

/** What the gates need of their log. */
export interface GatedLog {
  readonly logStartOffset: number
  readonly endOffset: number
  /** A gate at this offset is closed. */
  noteReleased(offset: number): void
}

function consumerKey(consumerId: string): string {
  return `consumer/${consumerId}`
}

function groupKey(groupId: string): string {
  return `group/${groupId}`
}
