import {
  RinglogError,
  RpcClient,
  decodeError,
  partitionName,
  reasonOf,
  show,
  systemClock,
  withTransfer,
  type AppendAnswer,
  type AppendDeadline,
  type AppendListener,
  type AppendOutcome,
  type Clock,
  type PartitionAppender,
  type PartitionService,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { MessagePort } from 'node:worker_threads'
import { answerDeadlineMs } from './answer-deadline.ts'
import { isRetriable } from './retriable-error.ts'

/**
 * The `rpc` transport: a Comlink call per batch, on a port to the partition's worker.
 *
 * What is transferred is a copy, in memory that goes to and fro: the worker's thread may end with it, and the
 * batch be sent again.
 */
export class RpcAppender implements PartitionAppender {
  readonly maxInFlight = null
  readonly clock: Clock
  readonly #name: string
  readonly #port: MessagePort
  readonly #worker: RpcClient<PartitionService>
  readonly #lostError: () => RinglogError
  /** Memory for copies. */
  readonly #spare: ArrayBuffer[] = []

  /** @param lostError Of what is pending when the worker or the broker is gone. */
  constructor(
    port: MessagePort,
    at: TopicPartition,
    lostError: () => RinglogError,
    clock: Clock = systemClock,
  ) {
    this.#name = `the worker of partition ${partitionName(at.topic, at.partition)}`
    this.clock = clock
    this.#port = port
    this.#lostError = lostError
    this.#worker = new RpcClient<PartitionService>(port, {
      name: this.#name,
      lostError,
      clock,
    })
  }

  get isLost(): boolean {
    return this.#worker.isLost
  }

  isRetriable(error: RinglogError): boolean {
    return isRetriable(error)
  }

  append(
    buffer: ArrayBuffer,
    sizeBytes: number,
    deadline: AppendDeadline,
    listener: AppendListener,
  ): void {
    const copy = this.#copyOf(buffer, sizeBytes)
    const { requestDeadlineMs, waitingSinceMs, maxBlockMs } = deadline
    const request = { buffer: copy, sizeBytes, requestDeadlineMs, waitingSinceMs, maxBlockMs }
    const deadlineMs = answerDeadlineMs(deadline)
    this.#worker.call('append', [withTransfer(request, [copy])], { deadlineMs }).then(
      (answer) => {
        if (!isAnswer(answer)) return listener.onNoAnswer(this.#senselessAnswer(answer))
        this.#spare.push(answer.buffer)
        listener.onAnswer(toOutcome(answer, buffer))
      },
      (error: unknown) => listener.onNoAnswer(toRinglogError(error)),
    )
  }

  /** Does nothing: answers come as messages, as the event loop turns. */
  collect(): void {}

  close(): void {
    this.#worker.close()
  }

  /** Calls `listener` when the worker's thread has ended, or this was closed; at once where it has been. */
  onLost(listener: (error: RinglogError) => void): void {
    if (this.isLost) listener(this.#lostError())
    else this.#port.on('close', () => listener(this.#lostError()))
  }

  #senselessAnswer(answer: unknown): RinglogError {
    return new RinglogError(
      'CORRUPT_MESSAGE',
      `${this.#name} answered an append with ${show(answer)}: it is not known whether it was appended`,
    )
  }

  #copyOf(buffer: ArrayBuffer, sizeBytes: number): ArrayBuffer {
    const fitting = this.#spare.findLastIndex(({ byteLength }) => byteLength >= sizeBytes)
    // Where none fits (-1), the last goes for the one that comes: there are no more than calls were on their way.
    const [spare] = this.#spare.splice(fitting, 1)
    const copy = fitting >= 0 ? spare! : new ArrayBuffer(buffer.byteLength)
    new Uint8Array(copy).set(new Uint8Array(buffer, 0, sizeBytes))
    return copy
  }
}

function toOutcome(answer: AppendAnswer, buffer: ArrayBuffer): AppendOutcome {
  if (answer.error === null) return { ...answer, buffer }
  return { error: toRinglogError(decodeError(answer.error)), buffer }
}

function toRinglogError(thrown: unknown): RinglogError {
  if (RinglogError.is(thrown)) return thrown
  return new RinglogError('UNKNOWN_SERVER_ERROR', reasonOf(thrown), { cause: thrown })
}

/** Whether an answer of any shape is one: what is wrong with its error, decoding leaves out. */
function isAnswer(answer: unknown): answer is AppendAnswer {
  const received = (answer ?? {}) as Partial<Record<string, unknown>>
  const { error, buffer, baseOffset, logAppendTimeMs } = received
  if (!(buffer instanceof ArrayBuffer)) return false
  if (error !== null) return typeof error === 'object'
  return Number.isSafeInteger(baseOffset) && Number.isSafeInteger(logAppendTimeMs)
}
