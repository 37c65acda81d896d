import {
  LoopTurns,
  RinglogError,
  checkWaitOptions,
  type Doorbell,
  type ConsumerEngine,
  type WaitStrategy,
} from '@ringlog/core/internal'
import { cannotBlock } from './cannot-block.ts'
import type { ConsumerStats } from './consumer-metrics.ts'
import type { PolledRecords } from './consumer-records.ts'
import type { CurrentOwnership } from './current-ownership.ts'
import { deadlineOf } from './deadline.ts'
import type { Fetcher } from './fetcher.ts'
import type { Lifecycle } from './lifecycle.ts'
import { withinListener } from './listener-calls.ts'
import type { PollGroup } from './poll-group.ts'
import type { SubscriptionState } from './subscription-state.ts'

/**
 * One poll at a time: collects what there is, and waits on the consumer's doorbell where there is
 * nothing.
 */
export class PollLoop<K, V> {
  readonly #parts: PollLoopParts<K, V>
  /** The poll that is under way; an aborted one may be followed before it has come to its end. */
  #current: Claim | null = null
  #isWakeupDue = false
  /** What else a poll is to reject with, that is under way or the next. */
  readonly #interruptions: unknown[] = []
  readonly #turns = new LoopTurns()
  /** When a thread that blocked has last looked whether the log still lives. */
  #lookedMs = 0

  constructor(parts: PollLoopParts<K, V>) {
    this.#parts = parts
  }

  /** See `Consumer.poll`. */
  poll(options: PollOptions): Promise<PolledRecords<K, V>> {
    return this.#poll(options, true)
  }

  /** As `poll`, but what it takes is not handed out yet: see `SubscriptionState.recall`. */
  take(options: PollOptions): Promise<PolledRecords<K, V>> {
    return this.#poll(options, false)
  }

  /** See `Consumer.pollSync`. */
  pollSync(options: Pick<PollOptions, 'timeoutMs'>): PolledRecords<K, V> {
    checkWaitOptions('pollSync()', options, POLL_SYNC_OPTIONS)
    const { engine, fetcher, lifecycle, group } = this.#parts
    lifecycle.assertOpen()
    if (engine.blocking === 'refused') throw cannotBlock('pollSync()', 'poll()')
    const claim = this.#claim(undefined)
    try {
      const deadlineMs = deadlineOf(engine.clock, options)
      this.#begin(group === null ? 0 : engine.clock.nowMs())
      const isReady = (): boolean =>
        fetcher.hasAvailable || lifecycle.isClosed || group?.isReady === false
      for (;;) {
        lifecycle.assertOpen()
        this.#throwIfInterrupted()
        if (group?.isReady === false) {
          group.rebalance()
          return fetcher.nothing()
        }
        const records = fetcher.collect(true)
        if (fetcher.reportMissed()) continue
        this.#handOut(records)
        if (records.count > 0 || engine.blocking === 'returns') return records
        // While files are being swapped there is something, and it cannot be read: that is not waited for.
        if (engine.clock.nowMs() >= deadlineMs) return records
        group?.beginWaiting()
        const isOver = !this.#block(isReady, deadlineMs)
        group?.endWaiting()
        if (isOver) return records
      }
    } finally {
      this.#end(claim)
    }
  }

  /** See `Consumer.wakeup`. */
  wakeup(): void {
    this.#isWakeupDue = true
    this.#parts.doorbell.ring()
  }

  /** The poll that is under way rejects with this; without one, the next. */
  interrupt(error: unknown): void {
    this.#interruptions.push(error)
    this.#parts.doorbell.ring()
  }

  async #poll(options: PollOptions, isHandedOut: boolean): Promise<PolledRecords<K, V>> {
    checkWaitOptions('poll()', options)
    const { signal } = options
    const claim = this.#claim(signal)
    const { engine, doorbell, fetcher, lifecycle, group, waitStrategy: strategy } = this.#parts
    const letGo = engine.keepAlive()
    const onAbort = (): void => doorbell.ring()
    signal?.addEventListener('abort', onAbort)
    try {
      const deadlineMs = deadlineOf(engine.clock, options)
      signal?.throwIfAborted()
      this.#begin(group === null ? 0 : engine.clock.nowMs())
      if (this.#turns.isDue()) await this.#turns.turn()
      const isInterrupted = (): boolean =>
        this.#isInterrupted || signal?.aborted === true || lifecycle.isClosed || this.#isForNothing
      const isReady = (): boolean =>
        fetcher.hasAvailable || isInterrupted() || group?.isReady === false
      const isRebalanced = (): boolean => group?.isRebalancing === false || isInterrupted()
      for (;;) {
        signal?.throwIfAborted()
        lifecycle.assertOpen()
        this.#throwIfInterrupted()
        if (this.#isForNothing) throw gaveAllUp()
        if (group?.isReady === false) {
          group.rebalance()
          if (await doorbell.waitAsync(isRebalanced, { deadlineMs })) continue
          return fetcher.nothing()
        }
        const records = fetcher.collect(false)
        if (fetcher.reportMissed()) continue
        // At once: the code that awaits this promise runs later, and another call may come before it.
        if (isHandedOut) this.#handOut(records)
        if (records.count > 0) return records
        this.#turns.turned()
        group?.beginWaiting()
        const isOver = !(await doorbell.waitAsync(isReady, { deadlineMs, strategy }))
        if (this.#current === claim) group?.endWaiting()
        if (isOver) return records
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      letGo()
      this.#end(claim)
    }
  }

  /**
   * Blocks until the condition holds; `false` when the deadline passed first. No thread rings
   * this one where the log's threads were ended by force, so now and then it looks itself (INV-54).
   */
  #block(condition: () => boolean, deadlineMs: number): boolean {
    const { engine, doorbell, waitStrategy: strategy } = this.#parts
    for (;;) {
      const nowMs = engine.clock.nowMs()
      if (nowMs >= this.#lookedMs + LOOK_INTERVAL_MS) {
        this.#lookedMs = nowMs
        engine.noticeEnd()
      }
      const waitUntilMs = Math.min(deadlineMs, this.#lookedMs + LOOK_INTERVAL_MS)
      if (doorbell.waitSync(condition, { deadlineMs: waitUntilMs, strategy })) return true
      if (engine.clock.nowMs() >= deadlineMs) return condition()
    }
  }

  #handOut({ count }: PolledRecords<K, V>): void {
    this.#parts.fetcher.handOut()
    this.#parts.stats.recordsConsumed += count
  }

  /** One poll at a time. */
  #claim(signal: AbortSignal | undefined): Claim {
    const { subscription, lifecycle, stats, ownership } = this.#parts
    lifecycle.assertOpen()
    // Before it claims anything: a poll from elsewhere is not to find this one in its way.
    if (ownership.isWithinListener) throw withinListener('poll')
    if (this.#current !== null) {
      if (this.#current.signal?.aborted !== true) throw new RinglogError('CONCURRENT_POLL')
      this.#end(this.#current)
    }
    const { isGroups, pendingCall: pending } = ownership.now
    if (subscription.order.length === 0 && !isGroups) {
      throw new RinglogError(
        'INVALID_STATE',
        pending === null
          ? 'this consumer has no partitions: assign some, or subscribe, first'
          : `this consumer has no partitions yet, its ${pending} is still under way: await ${pending} first`,
      )
    }
    const claim = { signal }
    this.#current = claim
    stats.onPollBegin()
    return claim
  }

  /** Whether nothing can come: all partitions were given up meanwhile, and no call is to give others. */
  get #isForNothing(): boolean {
    const { subscription, ownership } = this.#parts
    if (subscription.order.length > 0) return false
    const { isGroups, pendingCall } = ownership.now
    return !isGroups && pendingCall === null
  }

  #begin(nowMs: number): void {
    const { fetcher, group } = this.#parts
    fetcher.begin()
    group?.beginPoll(nowMs)
  }

  #end(claim: Claim): void {
    if (this.#current !== claim) return
    this.#current = null
    this.#parts.stats.onPollEnd()
  }

  get #isInterrupted(): boolean {
    return this.#isWakeupDue || this.#interruptions.length > 0
  }

  #throwIfInterrupted(): void {
    if (this.#isWakeupDue) {
      this.#isWakeupDue = false
      throw new RinglogError('WAKEUP')
    }
    if (this.#interruptions.length > 0) throw this.#interruptions.shift()
  }
}

/** How long a poll waits. */
export interface PollOptions {
  /** How long to wait for records; absent: until some come. */
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

/** What a poll loop works on. */
export interface PollLoopParts<K, V> {
  readonly engine: ConsumerEngine
  readonly doorbell: Doorbell
  readonly fetcher: Fetcher<K, V>
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
  readonly waitStrategy: WaitStrategy
  readonly stats: ConsumerStats
  /** `null`: the consumer has no group. */
  readonly group: PollGroup | null
  readonly ownership: CurrentOwnership
}

/** A poll that is under way. */
interface Claim {
  readonly signal: AbortSignal | undefined
}

/** How often a thread that blocks looks whether the log still lives. */
const LOOK_INTERVAL_MS = 500

const POLL_SYNC_OPTIONS = ['timeoutMs']

/** The next poll would say that there are no partitions; so does one that has waited. */
function gaveAllUp(): RinglogError {
  return new RinglogError(
    'INVALID_STATE',
    'this consumer has given up all of its partitions while the poll waited: assign some, or subscribe, first',
  )
}
