import {
  NONE,
  PartitionTotals,
  ProducerTable,
  RecordBatchHeader,
  RingLogWriter,
  RinglogError,
  STORED_ON_DISK_SHOWN_AT_ONCE,
  partitionName,
  stampLogAppendTime,
  storageKindOf,
  systemClock,
  type AppendDeadline,
  type AppendResult,
  type CleanupPolicy,
  type Clock,
  type Doorbell,
  type TimestampType,
  type WaitStrategy,
  type WhenFull,
} from '@ringlog/core/internal/partition-thread'
import { BatchIntake } from './batch-intake.ts'
import type { BlockedState } from './blocked-report.ts'
import { LogOnDisk } from './disk/log-on-disk.ts'
import { EvictedReport } from './evicted-report.ts'
import { FaultPoints } from './faults/fault-points.ts'
import { FullRing, NO_ROOM, type AppendOptions } from './full-ring.ts'
import { LogEviction } from './log-eviction.ts'
import type { SendPartitionEvent } from './partition-event.ts'
import { PartitionGates, type GatedLog } from './partition-gates.ts'
import type { PartitionLogMetrics } from './partition-metrics.ts'
import { ProducerStates } from './producer-state.ts'
import type { PublishNote } from './publish-note.ts'

/**
 * The log of one partition: the only way into it is `append`, whatever transport brought the batch.
 *
 * It refuses batches that are malformed, out of order or too large; finds room (`LogEviction`), or leaves
 * the batch to `FullRing`; gives offsets, publishes, and rings the consumers that watch. A batch that it
 * refuses leaves no trace in the log.
 *
 * Thread: the partition worker. It never blocks: waiting appends wait on the event loop.
 */
export class PartitionLog {
  readonly gates: PartitionGates
  readonly clock: Clock
  readonly faults: FaultPoints
  /** `null`: the ring is all there is of the log. */
  readonly disk: LogOnDisk | null
  readonly #options: PartitionLogOptions
  readonly #writer: RingLogWriter
  readonly #totals: PartitionTotals
  readonly #intake: BatchIntake
  readonly #header = new RecordBatchHeader()
  readonly #producers: ProducerStates
  readonly #watchers = new Set<Doorbell>()
  readonly #eviction: LogEviction
  readonly #fullRing: FullRing
  /** Whether consumers see what is published before it is acknowledged. */
  readonly #isShownAtOnce: boolean
  #closedError: RinglogError | null = null

  constructor(options: PartitionLogOptions) {
    const { topic, partition, onEvent: send = () => undefined } = options
    this.#options = options
    this.clock = options.clock ?? systemClock
    this.faults = new FaultPoints(this.clock)
    const { reach: onStep } = this.faults
    this.#writer = new RingLogWriter(options.memory, onStep)
    const totals = new PartitionTotals(options.memory)
    this.#totals = totals
    const { storageDoorbell = null, memory, doorbell } = options
    const { ringBytes } = this.#writer
    this.disk =
      storageDoorbell === null
        ? null
        : new LogOnDisk({
            topic,
            partition,
            memory,
            ringBytes,
            storageDoorbell,
            workerDoorbell: doorbell,
          })
    this.#isShownAtOnce = storageKindOf(memory) === STORED_ON_DISK_SHOWN_AT_ONCE
    this.disk?.onAdvanced(() => this.#ringReaders())
    const visible = visibleLog(this.#writer, this.disk, this.#isShownAtOnce)
    this.gates = new PartitionGates(visible, doorbell, onStep)
    this.#intake = new BatchIntake(options)
    const table = new ProducerTable(options.producerTable, this.#writer.endOffset)
    this.#producers = new ProducerStates(table, topic, partition)
    this.#eviction = new LogEviction(
      {
        ...options,
        clock: this.clock,
        totals,
        disk: this.disk,
        hasReaders: () => this.#watchers.size > 0,
        onEvicted: () => evicted.request(),
      },
      this.#writer,
      this.gates,
    )
    const evicted = new EvictedReport({
      at: { topic, partition },
      send,
      clock: this.clock,
      state: () => ({ ...this.#eviction.counts, logStartOffset: this.logStartOffset }),
    })
    this.#fullRing = new FullRing({
      ...options,
      clock: this.clock,
      totals,
      writer: this.#writer,
      gates: this.gates,
      disk: this.disk,
      send,
      append: (batch, note) => {
        this.disk?.assertWrites()
        const result = this.#appendValid(batch, note)
        if (result !== NO_ROOM) this.ringWatchers()
        return result
      },
    })
  }

  get endOffset(): number {
    return this.#writer.endOffset
  }

  /** Where the ring ends: see `RingLogWriter.endPosition`. */
  get endPosition(): number {
    return this.#writer.endPosition
  }

  get logStartOffset(): number {
    return this.#writer.logStartOffset
  }

  get metrics(): PartitionLogMetrics {
    return {
      messagesInTotal: this.#writer.endOffset,
      bytesInTotal: this.#totals.get('bytesInTotal'),
      batchesInTotal: this.#totals.get('batchesInTotal'),
      failedProduceRequestsTotal: this.#totals.get('failedProduceRequestsTotal'),
      ...this.#eviction.counts,
      ...this.#fullRing.metrics,
      waitingAppends: this.#fullRing.waitingAppends,
      usedBytes: this.#writer.endPosition - this.#writer.startPosition,
      gateCount: this.gates.size,
    }
  }

  /** An append was answered with an error, whatever way it came. */
  countFailedAppend(): void {
    this.#totals.add('failedProduceRequestsTotal', 1)
  }

  /** Writes to every page of the ring once, where it is empty. */
  touchPages(): void {
    this.#writer.touchPages()
  }

  /**
   * Appends one batch and publishes it; resolves with where it is. A batch that is one of its
   * producer's last 16 is not appended again, but answered with the offset it has.
   *
   * Batches are appended in the order of the calls; one that waits for room holds up those behind it.
   *
   * @param batch Exactly one batch, in private memory that is borrowed until the promise settles; its
   *   base offset is overwritten, as are attributes and largest timestamp with log append time.
   * @throws RinglogError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, INVALID_TIMESTAMP, INVALID_RECORD,
   *   UNSUPPORTED_COMPRESSION_TYPE, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, BUFFER_FULL,
   *   REQUEST_TIMED_OUT, and what the log was closed with. In every case the log is as it was.
   */
  async append(
    batch: Uint8Array,
    deadline: AppendDeadline,
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    const { note = null } = options
    const result = this.tryAppend(batch, deadline, note)
    if (result === NO_ROOM) return this.waitForRoom(batch, deadline, options)
    this.ringWatchers()
    return result
  }

  /**
   * As `append`, but for a caller that appends several batches at a time: it rings the watchers itself, by
   * `ringWatchers`, after the last of them.
   *
   * @returns `NO_ROOM` where the batch is valid and has to wait: see `waitForRoom`.
   */
  tryAppend(
    batch: Uint8Array,
    deadline: AppendDeadline,
    note: PublishNote | null,
  ): AppendResult | typeof NO_ROOM {
    if (this.#closedError !== null) throw this.#closedError
    const nowMs = this.clock.nowMs()
    if (nowMs > deadline.requestDeadlineMs) throw this.#requestTimedOut(deadline, nowMs)
    this.disk?.assertWrites()
    this.faults.throwIfRefused()
    this.#intake.check(this.faults.arrived(batch))
    if (this.#fullRing.waitingAppends === 0) {
      const result = this.#appendValid(batch, note)
      if (result !== NO_ROOM) return result
    }
    this.#fullRing.assertMayWait(batch)
    return NO_ROOM
  }

  /** Appends a valid batch as soon as there is room: see `FullRing.waitForRoom`. */
  waitForRoom(
    batch: Uint8Array,
    deadline: AppendDeadline,
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    const appended = this.#fullRing.waitForRoom(batch, deadline, options)
    this.faults.reach('whileWaitingForRoom')
    return appended
  }

  /** No consumer comes any more, for the broker closes: see `FullRing.expectNoConsumers`. */
  expectNoConsumers(): void {
    this.#fullRing.expectNoConsumers()
  }

  /** How many appends wait for room, and for which holder; `null`: none. */
  get blocked(): BlockedState | null {
    return this.#fullRing.blocked
  }

  /** Rings who watches the log, since something was appended: the consumers; on disk first the storage thread. */
  ringWatchers(): void {
    if (this.disk === null) this.#ringReaders()
    else {
      this.disk.ringStorage()
      if (this.#isShownAtOnce) this.#ringReaders()
    }
  }

  /** Drops the waiting batches of an owner that is gone: they will never be appended. */
  dropOwner(owner: object): void {
    this.#fullRing.dropOwner(owner)
  }

  /**
   * Deletes the records before an offset, as `Admin.deleteRecords`; what waits for room goes on.
   *
   * @throws RinglogError INVALID_REQUEST, OFFSET_OUT_OF_RANGE.
   */
  deleteRecords(beforeOffset: number): void {
    this.#eviction.deleteBefore(beforeOffset)
    this.#options.doorbell.ring()
  }

  /** Evicts what is older than `retentionMs`; what waits for room goes on. */
  expireRecords(): void {
    this.#eviction.expire()
    this.#options.doorbell.ring()
  }

  /** Rings `doorbell` after every append from now on. */
  addWatcher(doorbell: Doorbell): void {
    this.#watchers.add(doorbell)
  }

  removeWatcher(doorbell: Doorbell): void {
    this.#watchers.delete(doorbell)
  }

  /** Ends the log's life in this thread: waiting appends, and every later one, fail with `error`. */
  close(error: RinglogError): void {
    this.#closedError = error
    this.#fullRing.close(error)
    this.disk?.close(error)
  }

  #ringReaders(): void {
    for (const doorbell of this.#watchers) doorbell.ring()
  }

  /** Appends a valid batch if there is room for it now. */
  #appendValid(batch: Uint8Array, note: PublishNote | null): AppendResult | typeof NO_ROOM {
    const header = this.#header.wrap(batch)
    const { recordsCount } = header
    const sequence = {
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      recordsCount,
    }
    const duplicate = this.#producers.check(sequence)
    if (duplicate !== null) {
      const { baseOffset, logAppendTimeMs } = duplicate
      this.#acknowledge(note, baseOffset, logAppendTimeMs)
      return { baseOffset, logAppendTimeMs }
    }
    if (!this.#eviction.makeRoom(batch.length)) return NO_ROOM
    let logAppendTimeMs = NONE
    if (this.#options.timestampType === 'logAppendTime') {
      logAppendTimeMs = this.clock.wallMs()
      stampLogAppendTime(batch, logAppendTimeMs)
    }
    const { endOffset } = this.#writer
    this.#producers.remember(sequence, endOffset, logAppendTimeMs) // INV-80: before it is published
    this.faults.reach('beforeNote')
    note?.notePending(this.#writer.endPositionAfter(batch.length), endOffset, logAppendTimeMs)
    this.faults.reach('afterNote')
    const baseOffset = this.#writer.append(batch)
    this.faults.reach('afterPublish')
    this.#totals.add('bytesInTotal', batch.length)
    this.#totals.add('batchesInTotal', 1)
    this.#acknowledge(note, baseOffset, logAppendTimeMs) // INV-24: not in a later turn
    return { baseOffset, logAppendTimeMs }
  }

  #acknowledge(note: PublishNote | null, baseOffset: number, logAppendTimeMs: number): void {
    if (note === null) return
    this.faults.reach('beforeAcknowledge')
    note.acknowledge(baseOffset, logAppendTimeMs)
    this.faults.reach('afterAcknowledge')
  }

  #requestTimedOut(deadline: AppendDeadline, nowMs: number): RinglogError {
    const { topic, partition } = this.#options
    return new RinglogError(
      'REQUEST_TIMED_OUT',
      `append was reached ${Math.ceil(nowMs - deadline.requestDeadlineMs)} ms after its deadline: ` +
        `partition=${partitionName(topic, partition)}; it is not appended`,
      { details: { topic, partition, isMaybeAppended: false } },
    )
  }
}

/** What consumers see of the log, as their readers do: where it begins, and where `latest` is. */
function visibleLog(
  writer: RingLogWriter,
  disk: LogOnDisk | null,
  isShownAtOnce: boolean,
): GatedLog {
  if (disk === null) return writer
  return {
    get logStartOffset() {
      return disk.logStartOffset
    },
    get endOffset() {
      return isShownAtOnce ? writer.endOffset : disk.highWatermark
    },
    noteReleased: (offset) => writer.noteReleased(offset),
  }
}

export interface PartitionLogOptions {
  topic: string
  partition: number
  /** The ring: see `ring-log-layout.ts` of core. */
  memory: SharedArrayBuffer
  /** The producers' sequences: see `producer-table-layout.ts` of core. */
  producerTable: SharedArrayBuffer
  whenFull: WhenFull
  /** The largest batch, in bytes. */
  maxMessageBytes: number
  timestampType: TimestampType
  /** With `"compact"` each record must have a key. */
  cleanupPolicy: readonly CleanupPolicy[]
  /** `null`: no limit. */
  retentionMs: number | null
  /** The partition worker's: rung by gate holders that release. */
  doorbell: Doorbell
  /** Of the storage thread that follows the ring. Default: none, the log is in memory alone. */
  storageDoorbell?: SharedArrayBuffer | null | undefined
  waitStrategy: WaitStrategy
  /** Called with changes of the log's state, never for each batch. */
  onEvent?: SendPartitionEvent | undefined
  /** Default: the process's. */
  clock?: Clock | undefined
}
