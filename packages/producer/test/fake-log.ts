import {
  RecordBatchCursor,
  RecordBatchHeader,
  RinglogError,
  decompressBatch,
  type RinglogErrorCode,
} from '@ringlog/core'
import type {
  AppendDeadline,
  AppendListener,
  AppendOutcome,
  PartitionAppender,
} from '@ringlog/core/internal'

interface KnownProducer {
  epoch: number
  /** The last five. */
  batches: Array<{ first: number; next: number; baseOffset: number }>
}

/**
 * The log of one partition, as far as a producer can tell: offsets, sequences, and the last five
 * batches of a producer. Written anew for the tests, by Kafka's rules.
 */
export class FakeLog {
  readonly values: string[] = []
  readonly #producers = new Map<number, KnownProducer>()

  /** @throws RinglogError OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH. */
  append(bytes: Uint8Array): number {
    const header = new RecordBatchHeader().wrap(bytes)
    const { producerId, producerEpoch: epoch, baseSequence: first, recordsCount } = header
    const next = (first + recordsCount) % 2 ** 31
    if (producerId < 0) return this.#store(bytes)
    const known = this.#producers.get(producerId)
    if (known !== undefined) {
      if (epoch < known.epoch) throw new RinglogError('INVALID_PRODUCER_EPOCH')
      const isSame = epoch === known.epoch
      const again = known.batches.find((batch) => batch.first === first && batch.next === next)
      if (isSame && again !== undefined) return again.baseOffset
      const expected = isSame ? known.batches.at(-1)!.next : 0
      if (first !== expected) throw new RinglogError('OUT_OF_ORDER_SEQUENCE_NUMBER')
      if (!isSame) known.batches = []
    }
    const baseOffset = this.#store(bytes)
    const batches = [...(known?.batches ?? []), { first, next, baseOffset }].slice(-5)
    this.#producers.set(producerId, { epoch, batches })
    return baseOffset
  }

  /** Whether the batch is one of its producer's last five: the log says so before anything else. */
  has(bytes: Uint8Array): boolean {
    const { producerId, producerEpoch, baseSequence } = new RecordBatchHeader().wrap(bytes)
    const known = this.#producers.get(producerId)
    if (known?.epoch !== producerEpoch) return false
    return known.batches.some(({ first }) => first === baseSequence)
  }

  #store(bytes: Uint8Array): number {
    const baseOffset = this.values.length
    this.values.push(...valuesOf(bytes))
    return baseOffset
  }
}

/** The values of a batch, as text. */
export function valuesOf(batch: Uint8Array): string[] {
  const values: string[] = []
  const cursor = new RecordBatchCursor()
  cursor.open(decompressBatch(batch), 0)
  while (cursor.next()) {
    const { bytes, valueStart, valueLength } = cursor
    values.push(Buffer.from(bytes).toString('latin1', valueStart, valueStart + valueLength))
  }
  return values
}

/** A batch that was handed over. */
export interface FakeRequest {
  readonly bytes: Uint8Array
  readonly memory: ArrayBuffer
  readonly deadline: AppendDeadline
  /** What the log said; `null`: it has not come to it yet. */
  outcome: { baseOffset: number } | { error: RinglogError } | null
  /** The producer was told: by an answer, or that there will be none. */
  isAnswered: boolean
  isLost: boolean
  resolve(outcome: AppendOutcome): void
  reject(error: RinglogError): void
}

/** Whether the test's log may answer otherwise when it is asked again. */
export function isPassing({ code }: RinglogError): boolean {
  return code === 'REQUEST_TIMED_OUT' || code === 'WORKER_CRASHED'
}

/** A way to the log on which anything can be late, lost or refused, as a test says. */
export class FakeAppender implements PartitionAppender {
  readonly #log: FakeLog
  /** Whether memory stays with the producer, as with a lane; or goes with the call, as with a message. */
  readonly #keepsMemory: boolean
  /** In the order in which they were handed over. */
  readonly requests: FakeRequest[] = []
  readonly maxInFlight: number | null
  isClosed = false
  /** The worker's thread has ended: nothing arrives. */
  #isDead = false
  /** Answers reach the producer within `answer`, like those that it collects itself. */
  answersAtOnce = false

  constructor(log: FakeLog, keepsMemory: boolean, maxInFlight: number | null = null) {
    this.#log = log
    this.maxInFlight = maxInFlight
    this.#keepsMemory = keepsMemory
  }

  get isLost(): boolean {
    return this.isClosed
  }

  isRetriable(error: RinglogError): boolean {
    return isPassing(error)
  }

  append(
    buffer: ArrayBuffer,
    sizeBytes: number,
    deadline: AppendDeadline,
    listener: AppendListener,
  ): void {
    const reject = (error: RinglogError): void => queueMicrotask(() => listener.onNoAnswer(error))
    if (this.isClosed) {
      reject(new RinglogError('PARTITION_OFFLINE'))
      return
    }
    const bytes = new Uint8Array(buffer.slice(0, sizeBytes))
    const memory = this.#keepsMemory ? buffer : buffer.transfer()
    this.requests.push({
      bytes,
      memory,
      deadline,
      outcome: null,
      isAnswered: false,
      isLost: false,
      resolve: (outcome) => {
        if (this.answersAtOnce) listener.onAnswer(outcome)
        else queueMicrotask(() => listener.onAnswer(outcome))
      },
      reject,
    })
  }

  collect(): void {}

  close(): void {
    this.breakDown('PARTITION_OFFLINE')
  }

  /** Nobody is answered any more; what is on its way may still arrive, unless the worker's thread has ended. */
  breakDown(code: RinglogErrorCode): void {
    this.isClosed = true
    this.#isDead ||= code === 'WORKER_CRASHED'
    for (const request of this.requests) this.lose(request, code)
  }

  /** The log comes to the next request; it takes it, or refuses it as a test says. */
  arrive(refusal: RinglogErrorCode | null = null): void {
    const request = this.requests.find(({ outcome }) => outcome === null)
    if (request === undefined || this.#isDead) return
    try {
      if (refusal !== null && !this.#log.has(request.bytes)) throw new RinglogError(refusal)
      request.outcome = { baseOffset: this.#log.append(request.bytes) }
    } catch (error) {
      request.outcome = { error: error as RinglogError }
    }
  }

  /** The nth of the answers that wait reaches the producer. */
  answer(n: number): void {
    const ready = this.requests.filter(({ outcome, isAnswered }) => outcome !== null && !isAnswered)
    if (ready.length === 0) return
    const request = ready[n % ready.length]!
    request.isAnswered = true
    const buffer = request.memory
    const outcome = request.outcome!
    if ('error' in outcome) request.resolve({ error: outcome.error, buffer })
    else request.resolve({ ...outcome, error: null, logAppendTimeMs: -1, buffer })
  }

  /** No answer comes; the request may still arrive. */
  lose(request: FakeRequest, code: RinglogErrorCode): void {
    if (request.isAnswered) return
    request.isAnswered = true
    request.isLost = true
    request.reject(new RinglogError(code))
  }

  get unanswered(): FakeRequest[] {
    return this.requests.filter(({ isAnswered }) => !isAnswered)
  }
}
