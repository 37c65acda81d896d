import type { ConsumerRecord } from '@ringlog/consumer'
import { haveSameKey, keyHashOf } from '@ringlog/consumer/internal'

/** What is handled one after the other: the records of a partition, or those of a key of it. */
export type HandlingOrder = 'partition' | 'key'

/** The one hash where a partition's records are all handled one after the other. */
const WHOLE_PARTITION = 0

/**
 * The queues of a partition behind whose records others wait. They are found by a hash of the key's bytes, and then
 * by the bytes: a string for each key would cost more than all else that is done for a record.
 *
 * Thread: the one that handles records.
 */
export class KeyedQueues {
  readonly #order: HandlingOrder
  /** The queues of one hash are linked. */
  readonly #byHash = new Map<number, KeyedQueue>()
  /** Whether there are none. Asked after each record: to ask the Map takes as long as an empty handler. */
  isEmpty = true

  constructor(order: HandlingOrder) {
    this.#order = order
  }

  /** The queue behind whose records this one is to wait; `null`: there is none. */
  find(record: ConsumerRecord): KeyedQueue | null {
    const hash = this.#hashOf(record)
    if (hash === null) return null
    let queue = this.#byHash.get(hash) ?? null
    if (this.#order === 'partition') return queue
    while (queue !== null && !haveSameKey(queue.record, record)) queue = queue.nextOfHash
    return queue
  }

  /** Records of the key of the queue's first find it from now on; without a key none do. */
  hold(queue: KeyedQueue): void {
    if (queue.hash !== null) return
    const hash = this.#hashOf(queue.record)
    if (hash === null) return
    queue.hash = hash
    queue.nextOfHash = this.#byHash.get(hash) ?? null
    this.#byHash.set(hash, queue)
    this.isEmpty = false
  }

  /** No record finds the queue any more. */
  drop(queue: KeyedQueue): void {
    const { hash, nextOfHash } = queue
    if (hash === null) return
    queue.hash = null
    queue.nextOfHash = null
    const first = this.#byHash.get(hash)!
    if (first !== queue) {
      let before = first
      while (before.nextOfHash !== queue) before = before.nextOfHash!
      before.nextOfHash = nextOfHash
    } else if (nextOfHash === null) {
      this.#byHash.delete(hash)
      this.isEmpty = this.#byHash.size === 0
    } else this.#byHash.set(hash, nextOfHash)
  }

  #hashOf(record: ConsumerRecord): number | null {
    return this.#order === 'partition' ? WHOLE_PARTITION : keyHashOf(record)
  }
}

/** A queue as `KeyedQueues` sees it. */
export interface KeyedQueue {
  /** The first of its records, all of which have the same key. */
  readonly record: ConsumerRecord
  /** Under which it is found; `null`: it is not. */
  hash: number | null
  /** Another with the same hash. */
  nextOfHash: KeyedQueue | null
  /** A record waits behind the first. */
  push(record: ConsumerRecord): void
}
