import { RingLogWriter, RinglogError, type Doorbell } from '@ringlog/core'
import {
  LANE_BATCH_BEHIND_REFUSED,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneReader,
  monotonicMs,
} from '@ringlog/core/internal'
import { LaneScript } from './lane-script.ts'

export interface LaneServerOptions {
  ring: SharedArrayBuffer
  memory: SharedArrayBuffer
  seed: number
  ownDoorbell: Doorbell
  producerDoorbell: Doorbell
  random: () => number
}

/** The partition worker's side: takes batches out, verifies them, appends or refuses them. */
export class LaneServer {
  readonly #options: LaneServerOptions
  readonly #script: LaneScript
  readonly #log: RingLogWriter
  readonly #batch = new Uint8Array(256)
  #reader: LaneReader
  /** The serial number that comes next; unknown to a successor. */
  #next = -1

  constructor(options: LaneServerOptions) {
    this.#options = options
    this.#script = new LaneScript(options.seed)
    this.#log = new RingLogWriter(options.ring)
    this.#reader = this.#succeed()
  }

  /** Blocks until the producer has closed the lane. */
  run(): void {
    for (;;) {
      const deadlineMs = monotonicMs() + 20_000
      const hasWork = (): boolean => this.#reader.peek() !== LANE_EMPTY
      if (!this.#options.ownDoorbell.waitSync(hasWork, { deadlineMs })) {
        throw new Error(`seed=${this.#options.seed}: nothing comes after ${this.#next}`)
      }
      if (this.#reader.peek() === LANE_CLOSED) {
        if (this.#reader.closedError !== null) throw this.#reader.closedError
        return
      }
      this.#serve()
      this.#options.producerDoorbell.ring()
    }
  }

  #serve(): void {
    const reader = this.#reader
    if (reader.peek() === LANE_BATCH_BEHIND_REFUSED) {
      reader.skip()
      return
    }
    const { sizeBytes } = reader.frame
    reader.copyTo(this.#batch, 0)
    const batch = this.#batch.subarray(0, sizeBytes)
    const serial = new DataView(batch.buffer).getInt32(LaneScript.serialByteOf(sizeBytes))
    this.#script.verify(batch, serial)
    if (this.#next >= 0 && serial !== this.#next) {
      throw new Error(`seed=${this.#options.seed}: batch ${serial}, expected ${this.#next}`)
    }
    if (this.#script.isRefused(serial)) {
      reader.refuse(new RinglogError('BUFFER_FULL', `refused ${serial}`))
    } else if (!this.#append(batch)) {
      return
    }
    this.#next = serial + 1
  }

  /** `false`: it died on the way, and its successor has the lane. */
  #append(batch: Uint8Array): boolean {
    const { random } = this.#options
    const baseOffset = this.#log.endOffset
    this.#log.makeRoom(batch.length, Infinity)
    this.#reader.notePending(this.#log.endPositionAfter(batch.length), baseOffset, -1)
    const isDead = random() < 0.02
    if (isDead && random() < 0.5) return this.#die()
    this.#log.append(batch)
    if (isDead) return this.#die()
    this.#reader.acknowledge(baseOffset, -1)
    return true
  }

  #die(): false {
    this.#reader = this.#succeed()
    this.#next = -1
    return false
  }

  #succeed(): LaneReader {
    const reader = new LaneReader(this.#options.memory)
    if (reader.recover(this.#log.endPosition)) this.#options.producerDoorbell.ring()
    return reader
  }
}
