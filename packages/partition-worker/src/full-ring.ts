import {
  RinglogError,
  type AppendDeadline,
  type AppendResult,
  type Clock,
  type Doorbell,
  type PartitionTotals,
  type RingLogWriter,
  type SlowestHolder,
  type WaitStrategy,
  type WhenFull,
} from '@ringlog/core/internal/partition-thread'
import { AppendQueue, type WaitingAppend } from './append-queue.ts'
import type { LogOnDisk } from './disk/log-on-disk.ts'
import { BlockedReport, type BlockedState } from './blocked-report.ts'
import { bufferFull, slowestHolder } from './buffer-full.ts'
import type { SendPartitionEvent } from './partition-event.ts'
import type { PartitionGates } from './partition-gates.ts'
import type { PartitionWorkerMetrics } from './partition-metrics.ts'
import type { PublishNote } from './publish-note.ts'

/** There is no room for the batch now, or others wait for it already. */
export const NO_ROOM = null

/**
 * Decides what becomes of a batch that finds no room in its partition's ring, by the topic's `whenFull`.
 * With `"evict"` there is always room (`log-eviction.ts`), with `"reject"` the append fails at once, and
 * with `"block"` it waits, as do all that come after it:
 *
 * ```
 * no room ──▶ waiting ──▶ appended  a holder has released or is gone, or its records were deleted
 *                ├──────▶ refused   it has waited maxBlockMs, or no consumer can come: BUFFER_FULL
 *                └──────▶ dropped   its producer is gone, or the log is closed
 * ```
 *
 * While batches wait, the ring is blocked: the word BLOCKED in its memory makes holders that release
 * ring the worker (INV-9).
 *
 * Thread: the partition worker. It never blocks: batches wait on its event loop.
 */
export class FullRing {
  readonly #options: FullRingOptions
  readonly #queue = new AppendQueue()
  readonly #report: BlockedReport
  #isServing = false
  /** Whether consumers may still come: see `expectNoConsumers`. */
  #expectsConsumers = true

  constructor(options: FullRingOptions) {
    const { topic, partition, send, clock, totals } = options
    this.#options = options
    this.#report = new BlockedReport({
      at: { topic, partition },
      send,
      clock,
      totals,
      state: () => this.#state(),
    })
  }

  /** How many batches wait for room. */
  get waitingAppends(): number {
    return this.#queue.length
  }

  get metrics(): FullRingMetrics {
    const { count, totalMs, isBlocked } = this.#report
    const holder = this.blocked?.holder ?? null
    return { blockedTotal: count, blockedMsTotal: totalMs, isBlocked, holder }
  }

  /** How many appends wait for room, and for which holder; `null`: none. */
  get blocked(): BlockedState | null {
    return this.#report.isBlocked ? this.#state() : null
  }

  /** @throws RinglogError BUFFER_FULL where the topic lets no batch wait for room. */
  assertMayWait(batch: Uint8Array): void {
    if (this.#options.whenFull === 'reject') throw this.#bufferFull(batch, 0)
  }

  /**
   * Appends a valid batch as soon as there is room; refuses it once its records have waited
   * `maxBlockMs`, wherever they did.
   */
  waitForRoom(
    batch: Uint8Array,
    { waitingSinceMs, maxBlockMs }: AppendDeadline,
    { owner = null, note = null }: AppendOptions,
  ): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const expiresAtMs = waitingSinceMs + maxBlockMs
      this.#queue.push({ batch, owner, note, waitingSinceMs, expiresAtMs, resolve, reject })
      if (this.#isServing) this.#options.doorbell.ring()
      else void this.#serveQueue()
    })
  }

  /**
   * No consumer comes any more, for the broker closes: an append that waits for a group which has none
   * would wait in vain, and is refused at once, now and from now on.
   */
  expectNoConsumers(): void {
    this.#expectsConsumers = false
    this.#options.doorbell.ring()
  }

  /** Drops the waiting batches of an owner that is gone. */
  dropOwner(owner: object): void {
    const dropped = this.#queue.remove((append) => append.owner === owner)
    if (dropped.length > 0) this.#options.doorbell.ring()
    for (const append of dropped) append.reject(new RinglogError('PRODUCER_CLOSED'))
  }

  /** Drops all that waits, for the reason given. */
  close(error: RinglogError): void {
    for (const append of this.#queue.remove(() => true)) append.reject(error)
    this.#options.doorbell.ring()
  }

  /** Appends what waits, in order, as room appears; one such loop runs at a time. */
  async #serveQueue(): Promise<void> {
    this.#isServing = true
    this.#report.begin()
    const { doorbell, waitStrategy, writer } = this.#options
    for (let head = this.#queue.head; head !== undefined; head = this.#queue.head) {
      const waiting = head
      const deadlineMs = this.#queue.earliestExpiryMs()
      writer.setBlocked(true) // INV-9: before the gates are looked at
      const isOver = (): boolean =>
        this.#queue.head !== waiting ||
        this.#endWaitOf(waiting) ||
        this.#queue.earliestExpiryMs() < deadlineMs
      await doorbell.waitAsync(isOver, { deadlineMs, strategy: waitStrategy })
      this.#expireOverdue()
    }
    writer.setBlocked(false)
    this.#report.end()
    this.#isServing = false
  }

  /** Appends the head of the queue, or refuses it; `false` where it has to wait on. */
  #endWaitOf(head: WaitingAppend): boolean {
    try {
      const result = this.#options.append(head.batch, head.note)
      if (result === NO_ROOM) {
        if (this.#mayGetRoom) return false
        throw this.#bufferFull(head.batch, this.#options.clock.nowMs() - head.waitingSinceMs)
      }
      head.resolve(result)
    } catch (error) {
      head.reject(error as RinglogError)
    }
    this.#queue.shift()
    return true
  }

  /** Whether the slowest holder can release, or a consumer that could is yet to come. */
  get #mayGetRoom(): boolean {
    const holder = this.#holder
    return this.#expectsConsumers || holder === null || holder.hasLiveMembers
  }

  #expireOverdue(): void {
    const nowMs = this.#options.clock.nowMs()
    for (const append of this.#queue.remove(({ expiresAtMs }) => expiresAtMs <= nowMs)) {
      append.reject(this.#bufferFull(append.batch, nowMs - append.waitingSinceMs))
    }
  }

  #state(): BlockedState {
    return { waitingAppends: this.#queue.length, holder: this.#holder }
  }

  /** On disk no consumer holds the ring back. */
  get #holder(): SlowestHolder | null {
    const { disk, gates } = this.#options
    return disk === null ? slowestHolder(gates.lowest()) : null
  }

  #bufferFull(batch: Uint8Array, waitedMs: number): RinglogError {
    const { topic, partition, whenFull, disk } = this.#options
    const sizeBytes = batch.length
    const refused = { topic, partition, whenFull, waitedMs: Math.round(waitedMs), sizeBytes }
    return bufferFull(refused, this.#holder, disk?.describeWait())
  }
}

/** The part of a partition's metrics that its full ring knows. */
export type FullRingMetrics = Pick<
  PartitionWorkerMetrics,
  'blockedTotal' | 'blockedMsTotal' | 'isBlocked' | 'holder'
>

export interface FullRingOptions {
  readonly topic: string
  readonly partition: number
  readonly whenFull: WhenFull
  readonly writer: RingLogWriter
  readonly gates: PartitionGates
  /** `null`: the ring is all there is of the log. */
  readonly disk: LogOnDisk | null
  /** The partition worker's: rung by gate holders that release. */
  readonly doorbell: Doorbell
  readonly waitStrategy: WaitStrategy
  readonly send: SendPartitionEvent
  readonly clock: Clock
  readonly totals: PartitionTotals
  /** Appends a valid batch if there is room for it now. */
  append(batch: Uint8Array, note: PublishNote | null): AppendResult | typeof NO_ROOM
}

export interface AppendOptions {
  /** Whose batch it is: see `dropOwner`. */
  owner?: object | null
  /** Answers the batch itself, once it is in the log. */
  note?: PublishNote | null
}
