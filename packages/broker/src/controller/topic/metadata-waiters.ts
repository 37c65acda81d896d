import type { Clock, ClockTimer, RinglogError } from '@ringlog/core/internal'
import type { TopicMemory } from '../../wire/controller-service.ts'

/** The calls of clients that wait for topics to be created, or to grow. */
export class MetadataWaiters {
  readonly #clock: Clock
  readonly #waiters = new Set<MetadataWaiter>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves once the topic is there; rejects with `late` past the deadline. */
  wait(
    wanted: WantedTopic,
    deadlineMs: number,
    session: object,
    late: () => RinglogError,
  ): Promise<TopicMemory> {
    return new Promise((resolve, reject) => {
      const onLate = (): void => {
        if (this.#waiters.delete(waiter)) reject(late())
      }
      // A call that creates the topic may have come before the deadline, and lie in a port: it is first.
      const clock = this.#clock
      const onTimer = (): void => clock.setTurnEnd(onLate)
      const timer = clock.setTimer(onTimer, Math.max(0, deadlineMs - clock.nowMs()))
      const waiter: MetadataWaiter = { ...wanted, session, resolve, reject, timer }
      this.#waiters.add(waiter)
    })
  }

  /** The topic is there, or has grown. */
  answer(metadata: TopicMemory): void {
    const isWanted = ({ topic, morePartitionsThan }: MetadataWaiter): boolean =>
      topic === metadata.topic && morePartitionsThan < metadata.partitionCount
    for (const waiter of this.#take(isWanted)) waiter.resolve(metadata)
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
      this.#clock.clearTimer(waiter.timer)
    }
    return taken
  }
}

/** A topic that does not exist yet, or has too few partitions. */
interface WantedTopic {
  readonly topic: string
  readonly morePartitionsThan: number
}

/** A client's call for the metadata of one. */
interface MetadataWaiter extends WantedTopic {
  /** The client's. */
  readonly session: object
  resolve(metadata: TopicMemory): void
  reject(error: RinglogError): void
  readonly timer: ClockTimer
}
