import {
  RecordBatchBuilder,
  stampProducer,
  type BatchProducer,
  type HeaderList,
  type Data,
  type RecordMetadata,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'

/** Whoever awaits one record. */
export interface Delivery {
  resolve(metadata: RecordMetadata): void
  reject(error: unknown): void
}

interface AwaitedRecord {
  readonly delivery: Delivery
  readonly index: number
  readonly timestamp: number
}

/** Records of one partition that travel together, and those who wait to hear of them. */
export class ProducerBatch {
  readonly at: TopicPartition
  /** Bytes of its memory, whether full or not. */
  readonly memoryBytes: number
  readonly #builder: RecordBatchBuilder
  readonly #awaited: AwaitedRecord[] = []
  readonly #onDone: Array<() => void> = []
  #memory: ArrayBuffer
  #isSealed = false
  #silentRecords = 0
  #lastRecordBytes = 0

  constructor(at: TopicPartition, memory: ArrayBuffer, limitBytes: number) {
    this.at = at
    this.memoryBytes = memory.byteLength
    this.#memory = memory
    this.#builder = new RecordBatchBuilder(memory, limitBytes)
  }

  get recordCount(): number {
    return this.#builder.recordCount
  }

  get sizeBytes(): number {
    return this.#builder.sizeBytes
  }

  get lastRecordBytes(): number {
    return this.#lastRecordBytes
  }

  /** Records that nobody awaits: those given to `write`. */
  get silentRecords(): number {
    return this.#silentRecords
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
    delivery: Delivery | null,
  ): boolean {
    const sizeBefore = this.#builder.sizeBytes
    if (!this.#builder.tryAppend(key, value, timestampMs, headers)) return false
    this.#lastRecordBytes = this.#builder.sizeBytes - sizeBefore
    if (delivery === null) this.#silentRecords++
    else {
      const index = this.#builder.recordCount - 1
      this.#awaited.push({ delivery, index, timestamp: timestampMs })
    }
    return true
  }

  /** Completes the header; again where the batch is sent a second time with another number. */
  seal(producer: BatchProducer): void {
    if (this.#isSealed) {
      stampProducer(new Uint8Array(this.#memory), producer)
      return
    }
    this.#builder.seal({ producer })
    this.#isSealed = true
  }

  /** The memory that came back with an answer: the same bytes, as another object. */
  takeBack(memory: ArrayBuffer): void {
    this.#memory = memory
  }

  /** Calls `listener` once the batch is delivered or failed. */
  onDone(listener: () => void): void {
    this.#onDone.push(listener)
  }

  complete(baseOffset: number, logAppendTimeMs: number): void {
    const { topic, partition } = this.at
    for (const { delivery, index, timestamp } of this.#awaited) {
      delivery.resolve({
        topic,
        partition,
        offset: baseOffset + index,
        timestamp: logAppendTimeMs < 0 ? timestamp : logAppendTimeMs,
      })
    }
    for (const listener of this.#onDone) listener()
  }

  fail(error: RinglogError): void {
    for (const { delivery } of this.#awaited) delivery.reject(error)
    for (const listener of this.#onDone) listener()
  }
}
