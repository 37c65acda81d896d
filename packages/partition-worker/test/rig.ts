import { RecordBatchBuilder, createRingLogMemory, type BatchProducer } from '@ringlog/core'
import {
  Doorbell,
  Gate,
  RingLogReader,
  createGateMemory,
  createProducerTableMemory,
  monotonicMs,
  systemClock,
  type AppendDeadline,
  type Clock,
} from '@ringlog/core/internal'
import { PartitionLog, type PartitionLogOptions } from '@ringlog/partition-worker'

export const RING_BYTES = 64 * 1024

/** A partition log on a small ring, in this thread, with what a test needs around it. */
export class Rig {
  readonly memory: SharedArrayBuffer
  readonly producerTable: SharedArrayBuffer
  readonly doorbell = new Doorbell()
  readonly log: PartitionLog
  readonly reader: RingLogReader

  constructor(options: Partial<PartitionLogOptions> = {}) {
    this.memory = options.memory ?? createRingLogMemory(RING_BYTES)
    this.producerTable = options.producerTable ?? createProducerTableMemory()
    this.log = new PartitionLog({
      topic: 'orders',
      partition: 3,
      memory: this.memory,
      producerTable: this.producerTable,
      whenFull: 'block',
      maxMessageBytes: RING_BYTES / 4,
      timestampType: 'createTime',
      cleanupPolicy: ['delete'],
      retentionMs: null,
      doorbell: this.doorbell,
      waitStrategy: 'park',
      ...options,
    })
    this.reader = new RingLogReader(this.memory)
  }

  /** Opens a gate at `offset`, and gives the holder's side of it, which rings as a consumer does. */
  gate(
    offset: number,
    clientId = 'slow',
  ): { release: (offset: number) => void; close: () => void } {
    const memory = createGateMemory()
    const consumerId = `id-${clientId}`
    this.log.gates.openConsumer(consumerId, clientId, memory, this.log.gates.resolve(offset))
    const gate = new Gate(memory, this.memory)
    return {
      release: (to) => {
        if (gate.release(to)) this.doorbell.ring()
      },
      close: () => this.log.gates.closeConsumer(consumerId),
    }
  }

  /** Appends batches of one record until the ring is full; returns how many it took. */
  async fill(): Promise<number> {
    const before = this.log.endOffset
    for (;;) {
      const batch = batchOf(['x'.repeat(1000)])
      const outcome = await this.log
        .append(batch, { requestDeadlineMs: Infinity, waitingSinceMs: 0, maxBlockMs: 0 })
        .catch(() => null)
      if (outcome === null) return this.log.endOffset - before
    }
  }
}

/** The process's clock, but for the time of day. */
export function clockAt(wallMs: () => number): Clock {
  return { ...systemClock, wallMs }
}

/** Pauses of reports, over when the test says so. */
export class Pauses {
  readonly #due: Array<() => void> = []
  readonly clock: Clock = {
    ...systemClock,
    setTimer: (run) => {
      this.#due.push(run)
      return { unref: () => undefined }
    },
  }

  pass(): void {
    for (const run of this.#due.splice(0)) run()
  }
}

/** Plenty of time. */
export function deadline(overrides: Partial<AppendDeadline> = {}): AppendDeadline {
  const nowMs = monotonicMs()
  const plenty = { requestDeadlineMs: nowMs + 10_000, waitingSinceMs: nowMs, maxBlockMs: 10_000 }
  return { ...plenty, ...overrides }
}

export function batchOf(values: readonly string[], producer?: BatchProducer): Uint8Array {
  const builder = new RecordBatchBuilder(new ArrayBuffer(32 * 1024))
  for (const value of values) {
    if (!builder.tryAppend(null, value, 1)) throw new Error('batch too large')
  }
  return new Uint8Array(builder.seal(producer === undefined ? {} : { producer }))
}

/** A batch with a record for each of the timestamps. */
export function timedBatch(timestamps: readonly number[]): Uint8Array {
  const builder = new RecordBatchBuilder(new ArrayBuffer(32 * 1024))
  for (const timestamp of timestamps) builder.tryAppend(null, 'x', timestamp)
  return new Uint8Array(builder.seal())
}
