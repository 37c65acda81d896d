import {
  clearTimer,
  decodeError,
  encodeThrown,
  setTimer,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { WireCrash } from '../wire/crash-reports.ts'
import type { ThreadMetrics } from '../wire/thread-metrics.ts'
import type { PoolMessage, RunAnswer, RunValues, ThreadMessage } from '../wire/thread-message.ts'

/** How long a thread may take to say how it is. */
const METRICS_TIMEOUT_MS = 1_000

/** The pool's end of a thread's port, for one loop of that thread. */
export class ThreadLink {
  /** To be transferred to the thread. */
  readonly port: MessagePort
  /** Resolves when its handler has started and its consumer is a member. */
  readonly ready: Promise<void>
  /** Resolves when all messages of the thread are read, and no more can come. */
  readonly closed: Promise<void>
  readonly #port: MessagePort
  #metricsWaiters: Array<(metrics: ThreadMetrics | null) => void> = []
  #isReady = false
  #isClosed = false

  constructor(events: ThreadLinkEvents) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.port = port2
    const ready = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    this.ready = ready.promise
    this.closed = closed.promise
    port1.on('message', (message: ThreadMessage) => {
      if (message.type === 'ready') {
        this.#isReady = true
        ready.resolve()
      } else if (message.type === 'values' || message.type === 'answer') events.onAnswer(message)
      else if (message.type === 'failed') events.onFailure(decodeError(message.error))
      else if (message.type === 'assigned') events.onAssigned(message.partitions)
      else if (message.type === 'broken') {
        events.onBroken(decodeError(message.error) as RinglogError)
      } else this.#tellMetrics(message.metrics)
    })
    port1.on('close', () => {
      this.#isClosed = true
      this.#tellMetrics(null)
      closed.resolve()
    })
  }

  stop(): void {
    this.#post({ type: 'stop' })
  }

  abort(reason: unknown): void {
    this.#post({ type: 'abort', reason: encodeThrown(reason) })
  }

  /** Another thread has crashed. */
  tellCrash(crash: WireCrash): void {
    this.#post({ type: 'crashed', crash })
  }

  /** `null`: the thread is not ready, has ended, or does not answer because its event loop does not turn. */
  async metrics(): Promise<ThreadMetrics | null> {
    if (!this.#isReady || this.#isClosed) return null
    const { promise, resolve } = Promise.withResolvers<ThreadMetrics | null>()
    this.#metricsWaiters.push(resolve)
    this.#post({ type: 'metrics' })
    const timer = setTimer(() => this.#tellMetrics(null), METRICS_TIMEOUT_MS)
    const metrics = await promise
    clearTimer(timer)
    return metrics
  }

  #tellMetrics(metrics: ThreadMetrics | null): void {
    const waiters = this.#metricsWaiters
    this.#metricsWaiters = []
    for (const resolve of waiters) resolve(metrics)
  }

  #post(message: PoolMessage): void {
    this.#port.postMessage(message)
  }
}

export interface ThreadLinkEvents {
  onAnswer(answer: RunAnswer | RunValues): void
  /** The thread stops, and the pool is to stop. */
  onFailure(error: Error): void
  /** One partition is no longer read; the thread goes on with the others. */
  onBroken(error: RinglogError): void
  onAssigned(partitions: readonly TopicPartition[]): void
}
