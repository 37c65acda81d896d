import {
  NONE,
  stampProducer,
  type BatchProducer,
  type HeaderList,
  type Data,
  type RecordMetadata,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'
import { UNKNOWN_OFFSET, type BatchOutcome } from './record-metadata.ts'
import { RecordPromises, type Delivery } from './record-promises.ts'

/** The records of a batch: being added one by one, or all there from the start. */
export interface BatchRecords {
  readonly recordCount: number
  /** Of the whole batch, header included. */
  readonly sizeBytes: number
  readonly lastRecordBytes: number
  readonly maxRecordBytes: number
  readonly lastTimestamp: number
  tryAppend(key: Data | null, value: Data | null, timestampMs: number, headers: HeaderList): boolean
  tryAppendValue(value: Uint8Array, timestampMs: number): boolean
  seal(): Uint8Array
}

/** Records of one partition that travel together, and the promises of their users. */
export class ProducerBatch {
  readonly at: TopicPartition
  /** Tells the order of a partition's batches. */
  readonly ordinal: number
  /** When its first record was added, on the producer's clock. */
  readonly createdMs: number
  /** Since when its first record waits: when it was added, or when it was held before that. */
  startMs: number
  /** When it took its last record and was ready to leave; `Infinity`: not yet. */
  #closedMs = Infinity
  /** Bytes that it takes of `bufferMemoryBytes`, whether full or not. */
  memoryBytes: number
  /** Whether its memory is one of the pool's buffers, or only counted there. */
  isPooled = true
  /** When it left, for the last time. */
  sentMs = 0
  /** How often it has left. */
  attempts = 0
  /** The number under which it last left; -1: it can be given any. */
  baseSequence = NONE
  /** The log may have it, as no answer came: it must leave under the same number. */
  isMaybeAppended = false

  readonly #records: BatchRecords
  /** Of the records that somebody awaits; made for the first. */
  #promises: RecordPromises | null = null
  #memory: ArrayBuffer
  /** Bytes as they leave; 0: not sealed yet. */
  #sealedBytes = 0
  #awaitedRecords = 0
  #isUnacknowledged = false
  #isSettled = false
  /** The outcome of its records. */
  #settledWith: BatchOutcome | RinglogError | null = null

  /** @param records They lie, or will lie, in the memory. */
  constructor(
    at: TopicPartition,
    memory: ArrayBuffer,
    records: BatchRecords,
    ordinal: number,
    createdMs: number,
  ) {
    this.at = at
    this.memoryBytes = memory.byteLength
    this.ordinal = ordinal
    this.createdMs = createdMs
    this.startMs = createdMs
    this.#memory = memory
    this.#records = records
  }

  /** Since when it waits for room in the log: lingering is no waiting, being held is. */
  get waitingSinceMs(): number {
    return this.startMs < this.createdMs ? this.startMs : this.#closedMs
  }

  get recordCount(): number {
    return this.#records.recordCount
  }

  /** Bytes before compression. */
  get plainSizeBytes(): number {
    return this.#records.sizeBytes
  }

  /** Bytes as it leaves; before that, as far as it is filled. */
  get sizeBytes(): number {
    return this.#sealedBytes === 0 ? this.#records.sizeBytes : this.#sealedBytes
  }

  get lastRecordBytes(): number {
    return this.#records.lastRecordBytes
  }

  get maxRecordBytes(): number {
    return this.#records.maxRecordBytes
  }

  /** Records that nobody awaits: those given to `write`, and with `acks` 0 none at all. */
  get silentRecords(): number {
    return this.#isUnacknowledged ? 0 : this.recordCount - this.#awaitedRecords
  }

  /** Whether the outcome of its records is decided. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** Its memory; not to be touched between a hand-over and the answer. */
  get memory(): ArrayBuffer {
    return this.#memory
  }

  /** Adds a record; `false` where there is no room. */
  tryAppend(
    key: Data | null,
    value: Data | null,
    timestampMs: number,
    headers: HeaderList,
  ): boolean {
    return this.#records.tryAppend(key, value, timestampMs, headers)
  }

  /** The same for bytes without a key and without headers. */
  tryAppendValue(value: Uint8Array, timestampMs: number): boolean {
    return this.#records.tryAppendValue(value, timestampMs)
  }

  /** `delivery` is resolved once the record that was added last is in the log. */
  awaitLast(delivery: Delivery): void {
    const { recordCount, lastTimestamp } = this.#records
    this.#awaitedRecords++
    this.#promises ??= new RecordPromises()
    this.#promises.settle(delivery, recordCount - 1, lastTimestamp)
  }

  /** Where the record is that was added last, once the batch is in the log. */
  promiseOfLast(): Promise<RecordMetadata> {
    const { recordCount, lastTimestamp } = this.#records
    this.#awaitedRecords++
    this.#promises ??= new RecordPromises()
    return this.#promises.add(recordCount - 1, lastTimestamp)
  }

  /** It takes no more records. */
  close(nowMs: number): void {
    this.#closedMs = nowMs
  }

  /** Completes the header, and returns the batch within its memory: it takes no more records. */
  seal(): Uint8Array {
    const batch = this.#records.seal()
    this.#sealedBytes = batch.length
    return batch
  }

  /** Its records were compressed within its memory. */
  resize(sizeBytes: number): void {
    this.#sealedBytes = sizeBytes
  }

  /** Its records were compressed into other memory, which is counted but is no buffer of the pool. */
  replaceMemory(memory: ArrayBuffer, sizeBytes: number): void {
    this.#memory = memory
    this.#sealedBytes = sizeBytes
    this.memoryBytes = memory.byteLength
    this.isPooled = false
  }

  /** Writes its number; again where it leaves a second time with another one. */
  stamp(producer: BatchProducer): void {
    this.baseSequence = producer.baseSequence
    stampProducer(new Uint8Array(this.#memory), producer)
  }

  /** The memory that came back with an answer: the same bytes, as another object. */
  takeBack(memory: ArrayBuffer): void {
    this.#memory = memory
  }

  /** With `acks` 0 its records are done: what goes wrong from now on is only counted. */
  resolveUnacknowledged(): void {
    if (this.#isSettled) return
    this.#settledWith = { ...this.at, baseOffset: UNKNOWN_OFFSET, logAppendTimeMs: -1 }
    this.tell()
    this.#isUnacknowledged = true
  }

  /** It is in the log; `tell` then says so. `false`: its records were said to have failed before. */
  complete(baseOffset: number, logAppendTimeMs: number): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.#settledWith = { ...this.at, baseOffset, logAppendTimeMs }
    return true
  }

  /** Its records have failed; `tell` then says so. */
  fail(error: RinglogError): void {
    this.#isSettled = true
    this.#settledWith = error
  }

  /** Settles the promises of its records with their outcome. */
  tell(): void {
    const outcome = this.#settledWith!
    if (outcome instanceof Error) this.#promises?.reject(outcome)
    else this.#promises?.resolve(outcome)
  }
}
