import {
  clearTimer,
  monotonicMs,
  setTimer,
  type RinglogError,
  type TopicMetadata,
} from '@ringlog/core/internal'

/** A client that wants to know of a topic which does not exist yet. */
interface MetadataWaiter {
  readonly topic: string
  /** The client's. */
  readonly session: object
  resolve(metadata: TopicMetadata): void
  reject(error: RinglogError): void
  readonly timer: NodeJS.Timeout
}

/** Those who wait for topics to be created. */
export class MetadataWaiters {
  readonly #waiters = new Set<MetadataWaiter>()

  /** Resolves once the topic is there; rejects with `late` past the deadline. */
  wait(
    topic: string,
    deadlineMs: number,
    session: object,
    late: () => RinglogError,
  ): Promise<TopicMetadata> {
    return new Promise((resolve, reject) => {
      const onLate = (): void => {
        this.#waiters.delete(waiter)
        reject(late())
      }
      const timer = setTimer(onLate, Math.max(0, deadlineMs - monotonicMs()))
      const waiter: MetadataWaiter = { topic, session, resolve, reject, timer }
      this.#waiters.add(waiter)
    })
  }

  /** The topic is there. */
  answer(metadata: TopicMetadata): void {
    for (const waiter of this.#take(({ topic }) => topic === metadata.topic)) {
      waiter.resolve(metadata)
    }
  }

  /** The session of a client is over. */
  failOf(session: object, error: RinglogError): void {
    for (const waiter of this.#take((other) => other.session === session)) waiter.reject(error)
  }

  failAll(error: RinglogError): void {
    for (const waiter of this.#take(() => true)) waiter.reject(error)
  }

  #take(isWanted: (waiter: MetadataWaiter) => boolean): MetadataWaiter[] {
    const taken = [...this.#waiters].filter(isWanted)
    for (const waiter of taken) {
      this.#waiters.delete(waiter)
      clearTimer(waiter.timer)
    }
    return taken
  }
}
