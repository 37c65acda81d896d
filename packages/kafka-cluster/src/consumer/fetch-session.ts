import type { FetchPartition, FetchTopic } from './fetch-question.ts'
import {
  FETCH_SESSION_ID_NOT_FOUND,
  FETCH_SESSION_TOPIC_ID_ERROR,
  INVALID_FETCH_SESSION_EPOCH,
} from '../connection/error-numbers.ts'

/** What a request says of its session, and of partitions. */
export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  /** All partitions of a full request; of others those that are new, or asked for otherwise than before. */
  readonly topics: readonly FetchTopic[]
  readonly forgotten: readonly ForgottenTopic[]
}

/** Partitions that the session goes on without. */
export interface ForgottenTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly number[]
}

/**
 * What a broker remembers of the fetches of one connection, so that they name only what has changed.
 *
 * ```text
 *              answered, with an id                    answered
 *   full ────────────────────────────▶ incremental ────────────────▶ incremental, of the next epoch
 *    ▲ ▲                                    │
 *    │ └── answered without an id: the broker keeps no more sessions
 *    └──── no answer; the broker does not know the session, or is at another epoch
 * ```
 *
 * After each answer the broker has exactly the partitions of the latest request: those that a request does not ask for
 * are forgotten by it, for another one may be asking for them.
 *
 * Source: Apache Kafka, KIP-227; `clients/FetchSessionHandler.java`, `server/FetchSession.java`.
 */
export class FetchSession {
  /** 0: none. */
  #id = NO_SESSION
  /** Of the next request. */
  #epoch = FULL
  /** What the broker has once it has answered. */
  #held = new Map<string, HeldPartition>()

  /** The request for these partitions, and no others. One at a time: `accept` or `lose` comes before the next. */
  next(wanted: readonly FetchTopic[]): SessionRequest {
    const asked = new Map<string, HeldPartition>()
    for (const of of wanted) {
      for (const partition of of.partitions) {
        asked.set(`${partition.partition} ${of.topic}`, { of, partition })
      }
    }
    const held = this.#held
    this.#held = asked
    // By older versions of the request topics go by name: then a session cannot tell one from its successor.
    if (hasSuccessor(held, asked)) this.lose()
    const at = { sessionId: this.#id, sessionEpoch: this.#epoch }
    if (this.#epoch === FULL) return { ...at, topics: wanted, forgotten: [] }
    const topics = wanted.flatMap((of) => {
      const partitions = of.partitions.filter(
        (one) => !isSame(held.get(`${one.partition} ${of.topic}`)?.partition, one),
      )
      return partitions.length === 0 ? [] : [{ ...of, partitions }]
    })
    return { ...at, topics, forgotten: forgottenOf(held, asked) }
  }

  /** Takes what an answer says of the session; `false`: it says nothing else, and the partitions are to be asked for again. */
  accept({ errorCode, sessionId }: SessionAnswer): boolean {
    if (errorCode !== 0) {
      if (errorCode === FETCH_SESSION_ID_NOT_FOUND) this.#id = NO_SESSION
      this.lose()
      return !SESSION_ERRORS.has(errorCode)
    }
    if (sessionId === NO_SESSION) {
      this.#id = NO_SESSION
      this.lose()
    } else {
      this.#id = sessionId
      this.#epoch = this.#epoch === LAST_EPOCH ? 1 : this.#epoch + 1
    }
    return true
  }

  /** There was no answer: what the broker has is not known. The next request is full, and ends the session. */
  lose(): void {
    this.#epoch = FULL
  }
}

/** What of an answer is about its session. */
export interface SessionAnswer {
  readonly errorCode: number
  /** 0: the broker keeps none. */
  readonly sessionId: number
}

interface HeldPartition {
  readonly of: FetchTopic
  readonly partition: FetchPartition
}

const NO_SESSION = 0
/** The epoch of a request that names all partitions, and begins another session. */
const FULL = 0
const LAST_EPOCH = 0x7fff_ffff
const SESSION_ERRORS: ReadonlySet<number> = new Set([
  FETCH_SESSION_ID_NOT_FOUND,
  INVALID_FETCH_SESSION_EPOCH,
  FETCH_SESSION_TOPIC_ID_ERROR,
])

function hasSuccessor(
  held: ReadonlyMap<string, HeldPartition>,
  asked: ReadonlyMap<string, HeldPartition>,
): boolean {
  for (const [key, { of }] of asked) {
    const before = held.get(key)
    if (before !== undefined && before.of.topicId !== of.topicId) return true
  }
  return false
}

function isSame(a: FetchPartition | undefined, b: FetchPartition): boolean {
  return (
    a !== undefined &&
    a.offset === b.offset &&
    a.leaderEpoch === b.leaderEpoch &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.maxBytes === b.maxBytes
  )
}

function forgottenOf(
  held: ReadonlyMap<string, HeldPartition>,
  asked: ReadonlyMap<string, HeldPartition>,
): ForgottenTopic[] {
  const topics = new Map<string, ForgottenTopic & { partitions: number[] }>()
  for (const [key, { of, partition }] of held) {
    if (asked.has(key)) continue
    let forgotten = topics.get(of.topicId + of.topic)
    if (forgotten === undefined) {
      forgotten = { topic: of.topic, topicId: of.topicId, partitions: [] }
      topics.set(of.topicId + of.topic, forgotten)
    }
    forgotten.partitions.push(partition.partition)
  }
  return [...topics.values()]
}
