import {
  monotonicMs,
  setTurnEnd,
  type Doorbell,
  type RinglogError,
  type WaitStrategy,
} from '@ringlog/core/internal/partition-thread'
import { LaneSession, type LaneSessionContext } from './lane-session.ts'
import type { PartitionLog } from './partition-log.ts'
import type { LaneConnection } from './partition-start.ts'

/** How long lanes are served before the event loop turns, so that the worker answers its ports as well. */
const MAX_TURN_MS = 2
/** How many batches of a lane are served at a time; then the log's watchers and the producer are rung. */
const BATCHES_AT_A_TIME = 8

/**
 * Serves the lanes of all producers of one partition: round and round, some batches of each, so that
 * no producer holds up another; and parks on the worker's doorbell when all are empty.
 *
 * Thread: the partition worker. It never blocks, and lets the event loop turn at least every 2 ms.
 */
export class LaneService {
  readonly #options: LaneServiceOptions
  readonly #context: LaneSessionContext
  #sessions: LaneSession[] = []
  /** The lane whose turn it is, and how many more of its batches are served in this turn. */
  #next = 0
  #left = BATCHES_AT_A_TIME
  #isServing = false
  #isClosed = false

  constructor(options: LaneServiceOptions) {
    this.#options = options
    options.log.disk?.onAdvanced(() => this.#onAdvanced())
    this.#context = {
      log: options.log,
      onAnswered: () => options.doorbell.ring(),
    }
  }

  /**
   * Serves a lane from now on, if it does not yet.
   *
   * @throws RinglogError LAYOUT_MISMATCH when its memory is no lane.
   */
  open(lane: LaneConnection): void {
    if (!this.#sessions.some(({ laneId }) => laneId === lane.laneId)) {
      this.#sessions.push(new LaneSession(lane, this.#context))
      if (!this.#isServing) void this.#serve()
    }
    this.#options.doorbell.ring()
  }

  /**
   * Takes over the lanes of a worker that died, before anything is appended (INV-25); returns the ids of
   * those whose memory is no lane any more.
   */
  takeOver(lanes: readonly LaneConnection[]): string[] {
    const lost: string[] = []
    for (const lane of lanes) {
      try {
        this.#sessions.push(new LaneSession(lane, this.#context))
      } catch {
        lost.push(lane.laneId) // INV-27
      }
    }
    const { endPosition } = this.#options.log
    for (const session of this.#sessions) session.recover(endPosition) // INV-25: all, before one is served
    if (!this.#isIdle) void this.#serve()
    return lost
  }

  /** The producer of a lane is gone. */
  closeLane(laneId: string): void {
    const session = this.#sessions.find((other) => other.laneId === laneId)
    if (session === undefined) return
    // Batches that the producer had handed over whole are appended, as far as there is room at once.
    while (session.serveOne());
    this.#options.log.ringWatchers()
    session.drop()
    this.#sessions = this.#sessions.filter((other) => other !== session)
    // INV-11: perhaps its thread has ended while it rang, and others have handed over since.
    this.#options.doorbell.ringUnconditionally()
  }

  /** Ends every lane, for the reason given. */
  close(error: RinglogError): void {
    this.#isClosed = true
    for (const session of this.#sessions) session.close(error)
    this.#sessions = []
    this.#options.doorbell.ring()
  }

  /** On disk, the high watermark has moved, or will not move any more. */
  #onAdvanced(): void {
    for (const session of this.#sessions) session.showAcknowledged()
    const { disk } = this.#options.log
    if (disk?.hasFailed !== true) return
    for (const session of this.#sessions.splice(0)) session.close(disk.failure())
  }

  async #serve(): Promise<void> {
    this.#isServing = true
    const { doorbell, waitStrategy: strategy, log } = this.#options
    if (log.disk !== null) log.disk.isWatchedElsewhere = true
    while (!this.#isIdle) {
      if (this.#serveTurn()) await new Promise<void>((resolve) => void setTurnEnd(resolve))
      else await doorbell.waitAsync(this.#isReady, { strategy })
    }
    if (log.disk !== null) log.disk.isWatchedElsewhere = false
    this.#isServing = false
  }

  readonly #isReady = (): boolean =>
    this.#isIdle ||
    this.#options.log.disk?.hasMoved === true ||
    this.#sessions.some((session) => session.isReady)

  get #isIdle(): boolean {
    return this.#isClosed || this.#sessions.length === 0
  }

  /** Serves until there is nothing to do, or for as long as a turn may take; whether it did anything. */
  #serveTurn(): boolean {
    const untilMs = monotonicMs() + MAX_TURN_MS
    let didAnything = this.#serveAll(untilMs)
    while (this.#waitForDisk(untilMs)) {
      didAnything = true
      this.#serveAll(untilMs)
    }
    return didAnything
  }

  /** Blocks briefly where a producer waits for the disk (INV-12); whether there is something to do, and time for it. */
  #waitForDisk(untilMs: number): boolean {
    if (this.#options.log.disk === null) return false
    return (
      this.#sessions.some((session) => session.waitsForDisk) &&
      monotonicMs() < untilMs &&
      this.#options.doorbell.waitBriefly(this.#isReady)
    )
  }

  /** Serves until all lanes are empty, or a turn is over; whether it did anything. */
  #serveAll(untilMs: number): boolean {
    const { disk } = this.#options.log
    let didAnything = false
    let empty = 0
    do {
      disk?.look() // it ends all lanes where the disk has failed
      if (empty >= this.#sessions.length) break
      if (this.#next >= this.#sessions.length) this.#next = 0
      const isBusy = this.#serveSome(this.#sessions[this.#next]!, untilMs)
      empty = isBusy ? 0 : empty + 1
      didAnything ||= isBusy
    } while (monotonicMs() < untilMs)
    return didAnything
  }

  #serveSome(session: LaneSession, untilMs: number): boolean {
    const before = this.#left
    let isEmpty = false
    do {
      isEmpty = !session.serveOne()
      if (!isEmpty) this.#left--
    } while (!isEmpty && this.#left > 0 && monotonicMs() < untilMs)
    const served = before - this.#left
    if (isEmpty || this.#left === 0) {
      this.#next++
      this.#left = BATCHES_AT_A_TIME
    }
    if (served === 0) return false
    this.#options.log.ringWatchers()
    session.ringProducer()
    return true
  }
}

export interface LaneServiceOptions {
  readonly log: PartitionLog
  /** The partition worker's own: rung by producers. */
  readonly doorbell: Doorbell
  readonly waitStrategy: WaitStrategy
}
