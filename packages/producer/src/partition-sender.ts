import {
  MAX_SEQUENCE,
  NONE,
  monotonicMs,
  type AppendOutcome,
  type PartitionAppender,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { ProducerBatch } from './producer-batch.ts'

/** What a sender needs of the producer that it belongs to. */
export interface SenderContext {
  readonly maxInFlight: number
  readonly requestTimeoutMs: number
  readonly maxBlockMs: number
  openAppender(at: TopicPartition): Promise<PartitionAppender>
  /** -1: batches are not numbered. */
  producerId(): Promise<number>
  /** The batch is delivered, or failed with an error; its memory can be used again, unless lost. */
  onDone(batch: ProducerBatch, error: RinglogError | null, isMemoryLost: boolean): void
}

/** Gives the next batch that is to leave; `null` where none is due. */
export type NextBatch = () => ProducerBatch | null

/**
 * Sends the batches of one partition in order, several at a time.
 *
 * Batches are numbered when they leave. When one is refused, those behind it were numbered for a log
 * that holds it, and are refused as out of order: they wait until every answer is in, are numbered
 * anew from the last one appended, and leave again. So a record that is reported failed leaves no
 * gap, and none behind it is lost or overtaken.
 *
 * Source: the split of accumulator and sender, and numbering on leaving, after Apache Kafka's
 * `producer/internals/Sender.java` and `TransactionManager.java`.
 */
export class PartitionSender {
  readonly #at: TopicPartition
  readonly #context: SenderContext
  readonly #nextBatch: NextBatch
  /**
   * In the order in which they left. An array, because in a Set whose elements come and go V8 lets
   * each table that was outgrown point to the next: once one is in the old space, all of them, and
   * every batch that was in them, are kept until the next major collection.
   */
  readonly #inFlight: ProducerBatch[] = []
  /** Refused for their number alone, in order; they leave before anything new. */
  #refused: ProducerBatch[] = []
  #appender: PartitionAppender | null = null
  #isOpening = false
  #producerId = NONE
  #producerEpoch = 0
  #nextSequence = 0
  /** The sequence after the last batch that was appended. */
  #appendedSequence = 0
  /** A batch was not appended: nothing leaves until all answers are in. */
  #isSettling = false
  /** Nobody knows whether a batch was appended: its numbers must not be used again. */
  #needsNewEpoch = false
  #closedError: RinglogError | null = null

  constructor(at: TopicPartition, context: SenderContext, nextBatch: NextBatch) {
    this.#at = at
    this.#context = context
    this.#nextBatch = nextBatch
  }

  /** Every batch that has left, or was to leave again, and is not done. */
  unfinished(): ProducerBatch[] {
    return [...this.#inFlight, ...this.#refused]
  }

  get canSend(): boolean {
    if (this.#closedError !== null) return true
    return !this.#isSettling && this.#inFlight.length < this.#context.maxInFlight
  }

  /** Sends what is due, as far as `maxInFlight` allows. */
  pump(): void {
    while (this.canSend) {
      const batch = this.#refused.shift() ?? this.#nextBatch()
      if (batch === null) return
      if (this.#closedError !== null) {
        this.#finish(batch, this.#closedError)
      } else if (this.#appender === null) {
        this.#refused.unshift(batch)
        void this.#open()
        return
      } else {
        this.#send(batch, this.#appender)
      }
    }
  }

  /** Fails what is on its way, and all that comes. */
  close(error: RinglogError): void {
    this.#closedError = error
    this.#appender?.close()
    this.pump()
  }

  async #open(): Promise<void> {
    if (this.#isOpening) return
    this.#isOpening = true
    try {
      const [appender, producerId] = await Promise.all([
        this.#context.openAppender(this.#at),
        this.#context.producerId(),
      ])
      if (this.#closedError !== null) appender.close()
      this.#appender = appender
      this.#producerId = producerId
    } catch (error) {
      this.#failAllDue(error as RinglogError)
    } finally {
      this.#isOpening = false
    }
    this.pump()
  }

  #send(batch: ProducerBatch, appender: PartitionAppender): void {
    const isNumbered = this.#producerId !== NONE
    batch.seal({
      producerId: this.#producerId,
      producerEpoch: isNumbered ? this.#producerEpoch : NONE,
      baseSequence: isNumbered ? this.#nextSequence : NONE,
    })
    const nextSequence = sequenceAfter(this.#nextSequence, batch.recordCount)
    this.#nextSequence = nextSequence
    this.#inFlight.push(batch)
    const { requestTimeoutMs, maxBlockMs } = this.#context
    const requestDeadlineMs = monotonicMs() + requestTimeoutMs
    appender.append(batch.memory, batch.sizeBytes, { requestDeadlineMs, maxBlockMs }).then(
      (outcome) => this.#onAnswer(batch, outcome, nextSequence),
      (error: unknown) => this.#onNoAnswer(batch, error as RinglogError),
    )
  }

  #onAnswer(batch: ProducerBatch, outcome: AppendOutcome, nextSequence: number): void {
    this.#inFlight.splice(this.#inFlight.indexOf(batch), 1)
    batch.takeBack(outcome.buffer)
    if (outcome.error === null) {
      this.#appendedSequence = nextSequence
      batch.complete(outcome.baseOffset, outcome.logAppendTimeMs)
      this.#context.onDone(batch, null, false)
    } else if (this.#isSettling && outcome.error.code === 'OUT_OF_ORDER_SEQUENCE_NUMBER') {
      this.#refused.push(batch)
    } else {
      this.#isSettling = this.#producerId !== NONE
      this.#finish(batch, outcome.error)
    }
    this.#settle()
    this.pump()
  }

  /** The memory is gone with the call, and whether the batch was appended is unknown. */
  #onNoAnswer(batch: ProducerBatch, reason: RinglogError): void {
    const error = this.#closedError ?? reason
    this.#inFlight.splice(this.#inFlight.indexOf(batch), 1)
    this.#isSettling = true
    this.#needsNewEpoch = true
    this.#finish(batch, error, true)
    // The thread is gone; the next batch asks for the partition again, and may find it.
    if (error.code !== 'REQUEST_TIMED_OUT') {
      this.#appender?.close()
      this.#appender = null
    }
    this.#settle()
    if (this.#appender === null && !this.#isSettling) this.#failAllDue(error)
    this.pump()
  }

  /** Once all answers are in, what was refused for its number alone is numbered anew. */
  #settle(): void {
    if (!this.#isSettling || this.#inFlight.length > 0) return
    this.#isSettling = false
    if (this.#needsNewEpoch) {
      this.#needsNewEpoch = false
      this.#producerEpoch++
      this.#appendedSequence = 0
    }
    this.#nextSequence = this.#appendedSequence
  }

  #failAllDue(error: RinglogError): void {
    for (const batch of this.#refused.splice(0)) this.#finish(batch, error)
    for (let batch = this.#nextBatch(); batch !== null; batch = this.#nextBatch()) {
      this.#finish(batch, error)
    }
  }

  #finish(batch: ProducerBatch, error: RinglogError, isMemoryLost = false): void {
    batch.fail(error)
    this.#context.onDone(batch, error, isMemoryLost)
  }
}

function sequenceAfter(sequence: number, records: number): number {
  const next = sequence + records
  return next > MAX_SEQUENCE ? next - MAX_SEQUENCE - 1 : next
}
