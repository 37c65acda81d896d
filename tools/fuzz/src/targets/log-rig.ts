import { createProducerTableMemory, createRingLogMemory, type RinglogError } from '@ringlog/core'
import {
  Doorbell,
  INDEX_BYTE,
  ReadResult,
  RingLogReader,
  TOTALS_BYTE,
  systemClock,
  type AppendDeadline,
} from '@ringlog/core/internal'
import { PartitionLog } from '@ringlog/partition-worker'
import { decodePlainly, type PlainBatch } from '../reference/plain-decoder.ts'
import { assertRefusal } from './refusal.ts'
import { demand } from './target.ts'

export const RING_BYTES = 64 * 1024
export const MAX_BATCH_BYTES = RING_BYTES / 4

type PublishNote = NonNullable<Parameters<PartitionLog['tryAppend']>[2]>

/** A partition's log that evicts what is old, and is compared, byte by byte, around every refusal. */
export class LogRig {
  readonly log: PartitionLog
  readonly #bytes: Uint8Array
  readonly #before: Uint8Array
  readonly #reader: RingLogReader
  readonly #result = new ReadResult()
  readonly #target = new Uint8Array(RING_BYTES)

  constructor() {
    const memory = createRingLogMemory(RING_BYTES)
    this.#bytes = new Uint8Array(memory)
    this.#before = new Uint8Array(memory.byteLength)
    this.#reader = new RingLogReader(memory)
    this.log = new PartitionLog({
      topic: 'fuzz',
      partition: 0,
      memory,
      producerTable: createProducerTableMemory(),
      whenFull: 'evict',
      maxMessageBytes: MAX_BATCH_BYTES,
      timestampType: 'createTime',
      cleanupPolicy: ['delete'],
      retentionMs: null,
      doorbell: new Doorbell(),
      waitStrategy: 'park',
      clock: { ...systemClock, setTimer: () => ({ unref: () => undefined }) },
    })
    this.#before.set(this.#bytes)
  }

  /**
   * Appends what may be a batch. Where the log refuses it, the log must be as it was; where not, the record
   * batch must read back as it went in.
   */
  append(
    batch: Uint8Array,
    deadline: AppendDeadline,
    note: PublishNote | null,
  ): RinglogError | null {
    const endOffset = this.log.endOffset
    const went = batch.slice()
    try {
      const result = this.log.tryAppend(batch, deadline, note)
      demand(result !== null, () => 'a log that evicts has no room')
    } catch (error) {
      const refusal = assertRefusal(error)
      demand(endOffset === this.log.endOffset, () => `a refusal moved the end: ${refusal.message}`)
      this.demandUnchanged(`a refusal: ${refusal.message}`)
      return refusal
    }
    this.#before.set(this.#bytes)
    if (this.log.endOffset !== endOffset) this.#demandReadsBack(went, endOffset)
    return null
  }

  /** Whatever else appends to the log: it was as it is, or has more in it. */
  async watch(run: () => Promise<unknown>): Promise<void> {
    const endOffset = this.log.endOffset
    await run()
    if (this.log.endOffset === endOffset) this.demandUnchanged('what appended nothing')
    else this.#before.set(this.#bytes)
  }

  /** Nothing but an append has changed the ring, but for what is counted. */
  demandUnchanged(after: string): void {
    this.#before.set(this.#bytes.subarray(TOTALS_BYTE, INDEX_BYTE), TOTALS_BYTE)
    const isSame = Buffer.from(this.#bytes.buffer).equals(this.#before)
    demand(isSame, () => `the log is another after ${after}`)
  }

  #demandReadsBack(went: Uint8Array, baseOffset: number): void {
    this.#reader.read(baseOffset, this.#target, this.#result)
    const came = this.#target.slice(0, went.length)
    demand(this.#result.nextOffset === this.log.endOffset, () => 'it does not end where it must')
    demand(
      Buffer.from(went.buffer, went.byteOffset + 61).equals(came.subarray(61)),
      () => 'it reads back with other bytes',
    )
    if ((went[22]! & 7) !== 0) return
    const before = decodePlainly(went) as PlainBatch
    const after = decodePlainly(came) as PlainBatch
    const moved = BigInt(baseOffset) - before.baseOffset
    const expected = before.records.map((record) => ({ ...record, offset: record.offset + moved }))
    demand(
      JSON.stringify(after.records, inWords) === JSON.stringify(expected, inWords),
      () => 'it reads back with other records',
    )
  }
}

export function inWords(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
