import { createRingLogMemory } from '@ringlog/core'
import { Doorbell, LaneAnswer, LaneWriter, createLaneMemory } from '@ringlog/core/internal'
import { PartitionStorage, STORED_ON_DISK, type StorageKind } from '@ringlog/core/internal/storage'
import type { LaneConnection } from '@ringlog/partition-worker'
import { RING_BYTES, Rig } from '../rig.ts'

/** A partition log whose ring is followed by nobody but the test: it moves the high watermark. */
export class DiskRig extends Rig {
  readonly storage: PartitionStorage
  readonly storageDoorbell: Doorbell

  constructor(options: { storage?: StorageKind; startOffset?: number; whenFull?: 'reject' } = {}) {
    const { storage = STORED_ON_DISK, startOffset = 0, whenFull = 'block' } = options
    const log = { storage, logStartOffset: startOffset / 2, endOffset: startOffset }
    const memory = createRingLogMemory(RING_BYTES, log)
    const storageDoorbell = new Doorbell()
    super({ memory, whenFull, storageDoorbell: storageDoorbell.memory })
    this.storage = new PartitionStorage(memory)
    this.storageDoorbell = storageDoorbell
  }

  /** What is appended so far is on disk; the worker hears of it in a later turn. */
  acknowledgeAll(): void {
    this.storage.advanceHighWatermark(this.log.endPosition, this.log.endOffset)
    this.doorbell.ring()
  }
}

/** A producer's side of a lane, and what the worker is given of it. */
export class ProducerLane {
  readonly connection: LaneConnection
  readonly writer: LaneWriter

  constructor(acks: LaneConnection['acks'] = 'all') {
    const memory = createLaneMemory(16 * 1024, 4)
    this.writer = new LaneWriter(memory)
    const producerDoorbell = new Doorbell().memory
    this.connection = { laneId: 'lane', memory, producerDoorbell, acks }
  }

  /** How often the producer was rung: the first word of its doorbell counts. */
  get ringCount(): number {
    return new Int32Array(this.connection.producerDoorbell)[0]!
  }

  /** The offsets of the answers that have come since. */
  offsetsRead(): number[] {
    const offsets: number[] = []
    const answer = new LaneAnswer()
    while (this.writer.readAnswer(answer)) offsets.push(answer.baseOffset)
    return offsets
  }
}
