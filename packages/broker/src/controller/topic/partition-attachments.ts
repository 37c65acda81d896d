import {
  GateView,
  committedOffsetOf,
  heldSince,
  releasedBelow,
  startOffsetOf,
  type LogReader,
} from '@ringlog/core/internal'
import type {
  AttachedGroupGate,
  GroupGateMove,
  GroupGateOffset,
  LaneConnection,
  PartitionAttachments,
  ReaderDescription,
} from '@ringlog/partition-worker'

/**
 * Who uses a partition: the readers, group gates and lanes of which its worker has been told. A successor
 * of a worker that died is started with them.
 *
 * INV-86: an entry is made, or taken away, when the worker's answer comes, and by no call that is not
 * answered. So this is what the worker had when it answered last; the calls that it has not answered are made
 * again to its successor, in their order.
 *
 * Thread: the controller's.
 */
export class AttachmentBook {
  readonly #readers = new Map<string, ReaderDescription>()
  readonly #groupGates = new Map<string, AttachedGroupGate>()
  readonly #lanes = new Map<string, OwnedLane>()

  /** As the start-up message of a worker has them. */
  get attached(): PartitionAttachments {
    return {
      readers: [...this.#readers.values()],
      groupGates: [...this.#groupGates.values()],
      lanes: [...this.#lanes.values()].map(({ lane }) => lane),
    }
  }

  openReader(reader: ReaderDescription): void {
    this.#readers.set(reader.consumerId, reader)
  }

  closeReader(consumerId: string): void {
    this.#readers.delete(consumerId)
    // A worker rings the owner of a group's gate until its reader is closed; a successor as well.
    for (const [groupId, gate] of this.#groupGates) {
      if (gate.consumerId !== consumerId) continue
      this.#groupGates.set(groupId, { ...gate, doorbell: null })
    }
  }

  moveGroupGate(move: GroupGateMove): void {
    const { groupId, moveId, memory, consumerId, clientId, doorbell } = move
    this.#groupGates.set(groupId, { groupId, moveId, memory, consumerId, clientId, doorbell })
  }

  /**
   * Opens a reader in the worker's place: there is none, and the next one is told of the reader (INV-87).
   *
   * @param reader Of the partition's log.
   */
  openReaderWithoutWorker(
    description: ReaderDescription,
    reader: LogReader,
  ): { startOffset: number } {
    const { start, gate } = description
    const startOffset = startOffsetOf(start, reader)
    if (gate !== null) new GateView(gate).committedWord = startOffset
    this.openReader(description)
    return { startOffset }
  }

  /**
   * Moves a gate in the worker's place: there is none, so that no thread appends or looks at gates.
   *
   * @param reader Of the partition's log.
   */
  moveGroupGateWithoutWorker(move: GroupGateMove, reader: LogReader): GroupGateOffset {
    const { groupId, memory, start, commit } = move
    const before = this.#groupGates.get(groupId)
    const present = before === undefined ? null : new GateView(before.memory).committedWord
    const committedWord = commit ?? present ?? heldSince(startOffsetOf(start, reader))
    new GateView(memory).committedWord = committedWord
    this.moveGroupGate(move)
    const isCommitted = committedOffsetOf(committedWord) !== null
    return { offset: releasedBelow(committedWord), isCommitted }
  }

  removeGroupGate(groupId: string): void {
    this.#groupGates.delete(groupId)
  }

  openLane(lane: LaneConnection, session: object): void {
    this.#lanes.set(lane.laneId, { lane, session })
  }

  /** `null`: there is none, or none any more. */
  lane(laneId: string): LaneConnection | null {
    return this.#lanes.get(laneId)?.lane ?? null
  }

  closeLane(laneId: string): void {
    this.#lanes.delete(laneId)
  }

  /** The lanes that came by a session. */
  lanesOf(session: object): string[] {
    return [...this.#lanes.values()]
      .filter((owned) => owned.session === session)
      .map(({ lane }) => lane.laneId)
  }

  /** The partition goes offline: producers are told that what is in their lanes has failed. */
  dropLanes(): void {
    this.#lanes.clear()
  }
}

/** A lane, and the session of the client that it came by. */
interface OwnedLane {
  readonly lane: LaneConnection
  readonly session: object
}
