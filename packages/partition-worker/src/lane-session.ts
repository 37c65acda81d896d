import {
  BATCH_ALIGNMENT_BYTES,
  Doorbell,
  LANE_BATCH_BEHIND_REFUSED,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneReader,
  RinglogError,
  alignUp,
  nextTurn,
} from '@ringlog/core/internal/partition-thread'
import { LaneAcknowledgements } from './disk/lane-acknowledgements.ts'
import type { HeldLaneAnswers } from './faults/held-lane-answers.ts'
import { NO_ROOM } from './full-ring.ts'
import { HeldUpTime } from './held-up-time.ts'
import type { PartitionLog } from './partition-log.ts'
import type { LaneConnection } from './partition-start.ts'
import type { PublishNote } from './publish-note.ts'
import { isOfBatch } from './refusal.ts'

/**
 * One producer's lane, at the log's end: takes one batch after the other out, appends it, answers it.
 *
 * A batch that finds no room waits, as one that came by RPC does, in a copy of its own; its lane stands
 * still until it is in the log or refused.
 */
export class LaneSession {
  readonly laneId: string
  readonly #context: LaneSessionContext
  readonly #reader: LaneReader
  readonly #producerDoorbell: Doorbell
  /** Faults may have come into force by the time that a batch which waited for room is answered. */
  readonly #noteOfWaiting: PublishNote
  readonly #heldUp = new HeldUpTime()
  #scratch = new Uint8Array(0)
  /** `null`: answers wait for no disk. */
  readonly #acknowledgements: LaneAcknowledgements | null
  /** `null`: no fault was injected yet. */
  #heldAnswers: HeldLaneAnswers | null = null
  #isWaiting = false
  #isEnded = false
  /** Answers were given since the producer was rung that wait for no disk. */
  #hasShown = false

  /** @throws RinglogError LAYOUT_MISMATCH. */
  constructor(lane: LaneConnection, context: LaneSessionContext) {
    this.laneId = lane.laneId
    this.#context = context
    const { log } = context
    const disk = lane.acks === 'all' ? log.disk : null
    const reader = new LaneReader(lane.memory, disk !== null)
    this.#reader = reader
    this.#acknowledgements = disk && new LaneAcknowledgements(reader, disk, log.endOffset)
    this.#producerDoorbell = new Doorbell(lane.producerDoorbell)
    this.#noteOfWaiting = {
      notePending: (...noted) => reader.notePending(...noted),
      acknowledge: (...acknowledged) => {
        this.#beforeAnswer()
        reader.acknowledge(...acknowledged)
      },
    }
  }

  /**
   * Finishes what a former worker was doing when it died; then wakes the producer, whatever state that worker
   * left its doorbell in (INV-11).
   *
   * INV-25: before anything is appended.
   *
   * @param ringEndPosition Where the ring ended when this worker opened it.
   */
  recover(ringEndPosition: number): void {
    const reader = this.#reader
    try {
      reader.recover(ringEndPosition) // INV-25
    } catch (cause) {
      // The note is of a place that the ring had passed: INV-27.
      const message = 'lane has a note that cannot be; it is closed'
      reader.close(new RinglogError('CORRUPT_MESSAGE', message, { cause }))
    }
    this.#acknowledgements?.onAnswered(this.#context.log.endOffset)
    // How long the former worker, and then its death, have held these batches up, nobody knows.
    this.#heldUp.add(reader.handedOverCount, Infinity)
    this.#producerDoorbell.ringUnconditionally()
  }

  /** Whether `serveOne` has something to do. */
  get isReady(): boolean {
    return !this.#isEnded && !this.#isWaiting && this.#reader.peek() !== LANE_EMPTY
  }

  /** Answers the next batch, if there is one; returns whether it did, or began to wait for room. */
  serveOne(): boolean {
    if (!this.isReady) return false
    const status = this.#reader.peek()
    if (status === LANE_CLOSED) {
      this.#end()
      return false
    }
    this.#beforeAnswer()
    if (status === LANE_BATCH_BEHIND_REFUSED) this.#reader.skip()
    else this.#serveBatch()
    if (!this.#isWaiting) this.#onAnswered()
    return true
  }

  /** Whether the producer may do nothing until the disk has what it has sent. */
  get waitsForDisk(): boolean {
    return this.#acknowledgements?.isOneHeld === true
  }

  /** The high watermark has moved: shows the answers that waited for it, and wakes the producer. */
  showAcknowledged(): void {
    if (this.#acknowledgements?.show() === true) this.#producerDoorbell.ring()
  }

  /** Wakes the producer, if it is shown an answer that it has not been woken for. */
  ringProducer(): void {
    if (!this.#hasShown) return
    this.#hasShown = false
    this.#producerDoorbell.ring()
  }

  /** The producer is gone: takes no more batches, and drops the one that waits. */
  drop(): void {
    this.#isEnded = true
    this.#context.log.dropOwner(this)
  }

  /** The log is closed: tells the producer why; batches without an answer were not appended. */
  close(error: RinglogError): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#reader.close(error)
    this.#producerDoorbell.ring()
  }

  #serveBatch(): void {
    const { log } = this.#context
    const reader = this.#reader
    const { frame } = reader
    // By RPC the worker would have checked its deadline when it came, and let it wait in the log's queue.
    frame.requestDeadlineMs += this.#heldUp.msOf(frame.number)
    try {
      const batch = this.#take()
      const result = log.tryAppend(batch, frame, reader)
      if (result === NO_ROOM) void this.#standStill(() => this.#waitForRoom(batch.slice()))
    } catch (error) {
      if (isOfBatch(error)) this.#refuse(error)
      else void this.#standStill(() => this.#refuseNextTurn(error))
    }
  }

  /** Copies the batch into private memory: the worker reads it only there (INV-27). */
  #take(): Uint8Array {
    const { sizeBytes } = this.#reader.frame
    if (sizeBytes > this.#scratch.length) {
      this.#scratch = new Uint8Array(alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES))
    }
    this.#reader.copyTo(this.#scratch, 0)
    return this.#scratch.subarray(0, sizeBytes)
  }

  async #waitForRoom(batch: Uint8Array): Promise<void> {
    const { log } = this.#context
    const options = { owner: this, note: this.#noteOfWaiting }
    try {
      await log.waitForRoom(batch, this.#reader.frame, options)
    } catch (error) {
      if (isOfBatch(error)) this.#refuse(error)
      else await this.#refuseNextTurn(error)
    }
  }

  /** INV-100: the thread may be about to end, and its successor then answers the batch. */
  async #refuseNextTurn(error: unknown): Promise<void> {
    await nextTurn(this.#context.log.clock)
    this.#refuse(error)
  }

  /** Serves nothing of the lane until its next batch is answered. */
  async #standStill(answer: () => Promise<void>): Promise<void> {
    const { clock } = this.#context.log
    const reader = this.#reader
    this.#isWaiting = true
    const startMs = clock.nowMs()
    await answer()
    this.#isWaiting = false
    this.#heldUp.add(reader.handedOverCount, clock.nowMs() - startMs)
    this.#onAnswered()
    this.ringProducer()
    this.#context.onAnswered()
  }

  #beforeAnswer(): void {
    const { faults } = this.#context.log
    this.#heldAnswers ??= faults.holdAnswersOf(this.#reader, this.#producerDoorbell)
    this.#heldAnswers?.beforeAnswer()
  }

  #onAnswered(): void {
    const isShown = this.#acknowledgements?.onAnswered(this.#context.log.endOffset) ?? true
    if (isShown) this.#hasShown = true
    this.#heldAnswers?.afterAnswer()
  }

  #refuse(error: unknown): void {
    if (this.#isEnded) return
    this.#beforeAnswer()
    this.#context.log.countFailedAppend()
    const reason = RinglogError.is(error)
      ? error
      : new RinglogError('UNKNOWN_SERVER_ERROR', String(error), { cause: error })
    this.#reader.refuse(reason)
  }

  #end(): void {
    this.#isEnded = true
    // The producer has closed the lane; or the reader has, because it is damaged: then the producer is rung.
    if (this.#reader.closedError !== null) {
      this.#context.log.countFailedAppend()
      this.#producerDoorbell.ring()
    }
  }
}

/** What a session needs of the service that it belongs to. */
export interface LaneSessionContext {
  readonly log: PartitionLog
  /** A batch that waited for room is answered: there may be more to do. */
  onAnswered(): void
}
