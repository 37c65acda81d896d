import { RecordBatchCursor, RecordBatchHeader, RingLogReader } from '@ringlog/core'
import {
  Doorbell,
  Gate,
  Grant,
  LaneAnswer,
  LaneWriter,
  READ_NOTHING_NEW,
  READ_OK,
  ReadResult,
  createGateMemory,
  createLaneMemory,
  monotonicMs,
} from '@ringlog/core/internal'
import type { AttachedGroupGate, LaneConnection, PartitionHost } from '@ringlog/partition-worker'
import { settle } from '@ringlog/test-kit'
import { expect } from 'vitest'
import { append, connect } from '../host-rig.ts'
import type { MortalPartition } from '../mortal-partition.ts'
import { batchOf, deadline } from '../rig.ts'

/** An answer that does not come within this is lost. */
const LOST_AFTER_MS = 20_000

/** Where in the log each value was answered to be. */
export type Answered = Map<string, number>

/**
 * A producer without sequence numbers: each of its batches goes into the lane once, whatever becomes of the
 * worker.
 */
export class LaneLoad {
  readonly connection: LaneConnection
  readonly answered: Answered = new Map()
  readonly #name: string
  readonly #writer: LaneWriter
  readonly #doorbell = new Doorbell()
  readonly #workerDoorbell: Doorbell
  readonly #random: () => number
  /** Of the next batch, and of the next answer. */
  #serial = 0
  #answeredSerial = 0

  constructor({ doorbell }: MortalPartition, name: string, random: () => number) {
    const memory = createLaneMemory(16 * 1024, 8)
    this.connection = { laneId: name, memory, producerDoorbell: this.#doorbell.memory, acks: 'all' }
    this.#name = name
    this.#writer = new LaneWriter(memory)
    this.#workerDoorbell = doorbell
    this.#random = random
  }

  get unanswered(): number {
    return this.#serial - this.#answeredSerial
  }

  async run(isOver: () => boolean): Promise<void> {
    const answer = new LaneAnswer()
    while (!isOver() || this.unanswered > 0) {
      while (this.#writer.readAnswer(answer)) {
        expect(answer.error).toBeNull()
        this.answered.set(`${this.#name}:${this.#answeredSerial++}`, answer.baseOffset)
      }
      while (!isOver() && this.#tryWrite()) this.#serial++
      this.#workerDoorbell.ring()
      if (this.unanswered === 0) continue
      const deadlineMs = monotonicMs() + LOST_AFTER_MS
      const isThere = await this.#doorbell.waitAsync(() => this.#writer.hasAnswer, { deadlineMs })
      if (!isThere) throw new Error(`${this.#name} is not answered: ${this.#answeredSerial}`)
    }
  }

  #tryWrite(): boolean {
    const batch = batchOf([`${this.#name}:${this.#serial}`.padEnd(this.#random() * 3_000, '.')])
    return this.#writer.tryWrite(batch, batch.length, deadline())
  }
}

/** A producer that numbers its batches, and sends one again, by another port, when its worker has died. */
export class RpcLoad {
  readonly answered: Answered = new Map()
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  async run(isOver: () => boolean, host: () => Promise<PartitionHost>): Promise<void> {
    for (let serial = 0; !isOver(); serial++) {
      const value = `rpc:${serial}`.padEnd(this.#random() * 3_000, '.')
      const batch = batchOf([value], { producerId: 0, producerEpoch: 0, baseSequence: serial })
      for (let baseOffset: number | null = null; baseOffset === null;) {
        const producer = await host()
          .then(connect)
          .catch(() => null)
        const outcome = await (producer && append(producer, batch).catch(() => null))
        producer?.close()
        if (outcome === null) {
          await settle(1)
          continue
        }
        expect(outcome.error).toBeNull()
        baseOffset = (outcome as { baseOffset: number }).baseOffset
        this.answered.set(`rpc:${serial}`, baseOffset)
      }
    }
  }
}

/** A consumer without a group, and a group, both of which hold what they have not read; each reads all. */
export class ReadingLoad {
  readonly values: string[] = []
  readonly doorbell = new Doorbell()
  readonly gateMemory = createGateMemory()
  readonly groupGate: AttachedGroupGate
  readonly #partition: MortalPartition
  readonly #reader: RingLogReader
  readonly #gate: Gate
  readonly #grant: Grant

  constructor(partition: MortalPartition) {
    const { memory, doorbell } = partition
    this.#partition = partition
    const group = { groupId: 'billing', consumerId: 'g', clientId: 'g', doorbell: null, moveId: 1 }
    this.groupGate = { ...group, memory: createGateMemory() }
    this.#reader = new RingLogReader(memory)
    this.#gate = new Gate(this.gateMemory, memory)
    this.#grant = new Grant(this.groupGate.memory, memory, doorbell)
  }

  async run(isOver: () => boolean): Promise<void> {
    const target = new Uint8Array(8_192)
    const result = new ReadResult()
    while (!isOver() || this.values.length < this.#reader.endOffset) {
      this.#reader.read(this.values.length, target, result)
      if (result.status === READ_OK) {
        this.#take(target.subarray(0, result.copiedBytes))
        const offset = this.values.length
        expect(offset).toBe(result.nextOffset)
        if (this.#gate.release(offset)) this.#partition.doorbell.ring()
        expect(this.#grant.commit(offset)).toBe(true)
        continue
      }
      expect(result.status).toBe(READ_NOTHING_NEW)
      const next = this.values.length
      const isThere = (): boolean => this.#reader.endOffset > next || isOver()
      if (await this.doorbell.waitAsync(isThere, { deadlineMs: monotonicMs() + LOST_AFTER_MS }))
        continue
      throw new Error(`nothing came after offset ${next}`)
    }
  }

  #take(bytes: Uint8Array): void {
    const header = new RecordBatchHeader()
    const cursor = new RecordBatchCursor()
    for (let at = 0; at < bytes.length; at += (header.wrap(bytes, at).sizeBytes + 7) & ~7) {
      cursor.open(bytes, at)
      while (cursor.next()) {
        expect(cursor.offset).toBe(this.values.length)
        const { valueStart, valueLength } = cursor
        const value = Buffer.from(bytes.subarray(valueStart, valueStart + valueLength)).toString()
        this.values.push(value.replaceAll('.', ''))
      }
    }
  }
}
