import {
  RinglogError,
  RpcClient,
  decodeError,
  partitionName,
  partitionOffline,
  systemClock,
  topicDeleted,
  withTransfer,
  type AppendAnswer,
  type AppendDeadline,
  type AppendListener,
  type Clock,
  type PartitionAppender,
  type PartitionCount,
  type PartitionService,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { MessagePort } from 'node:worker_threads'
import { isRetriable } from './retriable-error.ts'

/** How long an append may stay unanswered past its own deadlines before its worker counts as stuck. */
export const STUCK_WORKER_GRACE_MS = 5_000

/** The `rpc` transport: a Comlink call per batch, on a port to the partition's worker. */
export class RpcAppender implements PartitionAppender {
  readonly maxInFlight = null
  readonly clock: Clock
  readonly #port: MessagePort
  readonly #worker: RpcClient<PartitionService>
  readonly #lostError: () => RinglogError

  /** @param lostError Of what is pending when the worker or the broker is gone. */
  constructor(
    port: MessagePort,
    at: TopicPartition,
    lostError: () => RinglogError,
    clock: Clock = systemClock,
  ) {
    const name = partitionName(at.topic, at.partition)
    this.clock = clock
    this.#port = port
    this.#lostError = lostError
    this.#worker = new RpcClient<PartitionService>(port, {
      name: `the worker of partition ${name}`,
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

  /** Hands a batch over; the buffer is transferred. */
  append(
    buffer: ArrayBuffer,
    sizeBytes: number,
    { requestDeadlineMs, waitingSinceMs, maxBlockMs }: AppendDeadline,
    listener: AppendListener,
  ): void {
    const request = { buffer, sizeBytes, requestDeadlineMs, waitingSinceMs, maxBlockMs }
    const deadlineMs = requestDeadlineMs + maxBlockMs + STUCK_WORKER_GRACE_MS
    this.#worker.call('append', [withTransfer(request, [buffer])], { deadlineMs }).then(
      (answer) => listener.onAnswer(toOutcome(answer)),
      (error: unknown) => listener.onNoAnswer(error as RinglogError),
    )
  }

  /** Does nothing: answers come as messages, as the event loop turns. */
  collect(): void {}

  close(): void {
    this.#worker.close()
  }

  /** Calls `listener` when the worker's thread has ended, or this was closed. */
  onLost(listener: (error: RinglogError) => void): void {
    this.#port.on('close', () => listener(this.#lostError()))
  }
}

function toOutcome(answer: AppendAnswer): Parameters<AppendListener['onAnswer']>[0] {
  if (answer.error === null) return answer
  const error = decodeError(answer.error)
  const reason = RinglogError.is(error)
    ? error
    : new RinglogError('UNKNOWN_SERVER_ERROR', error.message, { cause: error })
  return { error: reason, buffer: answer.buffer }
}

/** Why a partition's worker is gone: the broker closed, the topic was deleted, or the worker died. */
export function partitionLostError(
  { topic, partition }: TopicPartition,
  partitions: PartitionCount,
  closedError: () => RinglogError | null,
): () => RinglogError {
  return () => {
    const closed = closedError()
    if (closed !== null) return closed
    return partitions.isDeleted
      ? topicDeleted(topic, partition)
      : partitionOffline(topic, partition)
  }
}
