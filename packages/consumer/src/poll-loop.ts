import {
  RinglogError,
  monotonicMs,
  setTurnEnd,
  show,
  type Doorbell,
  type LogEngine,
  type WaitStrategy,
} from '@ringlog/core/internal'
import type { PolledRecords } from './consumer-records.ts'
import type { Fetcher } from './fetcher.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { SubscriptionState } from './subscription-state.ts'

export interface PollOptions {
  /** How long to wait for records; absent: until some come. */
  timeoutMs?: number
  signal?: AbortSignal
}

/** What a poll loop works on. */
export interface PollLoopParts {
  readonly engine: LogEngine
  readonly doorbell: Doorbell
  readonly fetcher: Fetcher
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
  readonly waitStrategy: WaitStrategy
}

/** A loop of polls that always find records lets the event loop turn after so long. */
const MAX_TURN_MS = 10

/**
 * One poll at a time: collects what there is, and waits on the consumer's doorbell where there is
 * nothing.
 */
export class PollLoop {
  readonly #parts: PollLoopParts
  #isPolling = false
  #turnStartMs = 0

  constructor(parts: PollLoopParts) {
    this.#parts = parts
  }

  /** See `Consumer.poll`. */
  async poll(options: PollOptions): Promise<PolledRecords> {
    const { signal } = options
    this.#begin()
    const { engine, doorbell, fetcher, lifecycle, waitStrategy: strategy } = this.#parts
    const letGo = engine.keepAlive()
    const onAbort = (): void => doorbell.ring()
    signal?.addEventListener('abort', onAbort)
    try {
      const deadlineMs = deadlineOf(options)
      signal?.throwIfAborted()
      await this.#letLoopTurn()
      const isReady = (): boolean =>
        fetcher.hasAvailable || signal?.aborted === true || lifecycle.isClosed
      for (;;) {
        lifecycle.assertOpen()
        signal?.throwIfAborted()
        const records = fetcher.collect()
        if (records.count > 0) return records
        this.#turnStartMs = 0
        if (!(await doorbell.waitAsync(isReady, { deadlineMs, strategy }))) return records
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      letGo()
      this.#isPolling = false
    }
  }

  /** See `Consumer.pollSync`. */
  pollSync(options: { timeoutMs?: number }): PolledRecords {
    this.#begin()
    const { doorbell, fetcher, lifecycle, waitStrategy: strategy } = this.#parts
    try {
      const deadlineMs = deadlineOf(options)
      const isReady = (): boolean => fetcher.hasAvailable || lifecycle.isClosed
      for (;;) {
        lifecycle.assertOpen()
        const records = fetcher.collect()
        if (records.count > 0) return records
        if (!doorbell.waitSync(isReady, { deadlineMs, strategy })) return records
      }
    } finally {
      this.#isPolling = false
    }
  }

  #begin(): void {
    const { fetcher, subscription, lifecycle } = this.#parts
    lifecycle.assertOpen()
    if (this.#isPolling) throw new RinglogError('CONCURRENT_POLL')
    if (subscription.order.length === 0) {
      throw new RinglogError('INVALID_STATE', 'this consumer has no partitions: assign some first')
    }
    this.#isPolling = true
    fetcher.begin()
  }

  /** Polls that never wait would otherwise starve the timers and messages of this thread. */
  async #letLoopTurn(): Promise<void> {
    const nowMs = monotonicMs()
    if (this.#turnStartMs === 0) this.#turnStartMs = nowMs
    if (nowMs - this.#turnStartMs < MAX_TURN_MS) return
    await new Promise<void>((resolve) => void setTurnEnd(resolve))
    this.#turnStartMs = monotonicMs()
  }
}

/** @throws RinglogError INVALID_REQUEST for a timeout that is none. */
function deadlineOf({ timeoutMs }: { timeoutMs?: number }): number {
  if (timeoutMs === undefined) return Infinity
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return monotonicMs() + timeoutMs
  throw new RinglogError(
    'INVALID_REQUEST',
    `timeoutMs must be a non-negative number of milliseconds, got ${show(timeoutMs)}`,
  )
}
