import { RinglogError, show, type TopicPartition } from '@ringlog/core/internal'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RebalanceListener } from './rebalance-listener.ts'

/**
 * The calls of one consumer's rebalance listener, and the errors of rebalances that no call has thrown yet.
 *
 * What a listener throws stops nothing: it is kept here, and thrown to the user once the rebalance is carried
 * out. Each rebalance keeps one error, the first, as in Kafka; of the others the process is warned.
 *
 * Thread: the consumer's.
 */
export class ListenerCalls {
  #underWay = 0
  readonly #errors: unknown[] = []
  /** Whether the rebalance that is being carried out has kept its error. */
  #hasThrown = false

  /** Whether the listener is being called. */
  get areUnderWay(): boolean {
    return this.#underWay > 0
  }

  /** Whether there is an error to throw: see `throwNext`. */
  get hasError(): boolean {
    return this.#errors.length > 0
  }

  /**
   * Whether the caller runs within a call of the listener: then it must not wait for what waits for
   * that call. A call of another's listener that this one waits for counts as well.
   */
  isCaller(): boolean {
    if (this.#underWay === 0) return false
    for (let call = currentCall.getStore(); call !== undefined; call = call.outer) {
      if (call.of === this && !call.isOver) return true
    }
    return false
  }

  /** A rebalance begins. */
  begin(): void {
    this.#hasThrown = false
  }

  /** Calls one method of the listener, if it has that, and waits for what it returns. */
  async call(
    listener: RebalanceListener,
    what: keyof RebalanceListener,
    partitions: readonly TopicPartition[],
  ): Promise<void> {
    if (partitions.length === 0) return
    const call = { of: this, outer: currentCall.getStore(), isOver: false }
    this.#underWay++
    callsUnderWay++
    try {
      const given = partitions.map(({ topic, partition }) => ({ topic, partition }))
      await currentCall.run(call, () => listener[what]?.(given))
    } catch (error) {
      if (this.#hasThrown) warnOf(error)
      else this.#errors.push(error)
      this.#hasThrown = true
    } finally {
      call.isOver = true
      this.#underWay--
      // Up to Node.js 22 every promise of the thread is slower while this is in use.
      if (--callsUnderWay === 0) currentCall.disable()
    }
  }

  /** Keeps another error of a rebalance, to be thrown in the same way. */
  keep(error: unknown): void {
    this.#errors.push(error)
  }

  /** @throws The first error that was not thrown yet; the next call throws the next. */
  throwNext(): void {
    if (this.#errors.length > 0) throw this.#errors.shift()
  }

  /**
   * The same, where no call may come after it: of what else there is the process is warned, and of what
   * a listener throws that was not waited for.
   */
  throwLast(): void {
    this.#hasThrown = true
    for (const error of this.#errors.splice(1)) warnOf(error)
    this.throwNext()
  }
}

/** A call of a listener that is under way. */
interface ListenerCall {
  readonly of: ListenerCalls
  /** The call within which it is made: of another consumer's listener, or of the same one. */
  readonly outer: ListenerCall | undefined
  isOver: boolean
}

/** Code that runs within a call of a listener finds that call here; code elsewhere in the thread does not. */
const currentCall = new AsyncLocalStorage<ListenerCall>()
/** Calls under way in this thread, of all consumers. */
let callsUnderWay = 0

function warnOf(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : show(error))
}

/** A rebalance listener made a call that would wait for the listener itself. */
export function withinListener(call: string): RinglogError {
  return new RinglogError(
    'INVALID_STATE',
    `a rebalance listener cannot call ${call} of its own consumer, which waits for the listener to return`,
  )
}
