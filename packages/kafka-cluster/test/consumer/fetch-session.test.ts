import { SEED, seededRandom } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import type { FetchTopic } from '../../src/consumer/fetch-question.ts'
import {
  FetchSession,
  type SessionAnswer,
  type SessionRequest,
} from '../../src/consumer/fetch-session.ts'

const NOT_FOUND = 70
const WRONG_EPOCH = 71

/** Partitions as `topic id:number` with what is asked of each. */
type Served = Map<string, string>

/**
 * The broker's side, as simply as can be: which partitions each session has.
 *
 * Source: Apache Kafka, `server/FetchManager.java` (`newContext`).
 */
class PlayedSessions {
  readonly #sessions = new Map<number, { epoch: number; served: Served }>()
  #nextId = 1
  /** `false`: there is no room for another session. */
  hasRoom = true

  forgetAll(): void {
    this.#sessions.clear()
  }

  /** @returns What is served; `null`: the request is refused. */
  take(request: SessionRequest): { answer: SessionAnswer; served: Served | null } {
    const { sessionId, sessionEpoch, topics, forgotten } = request
    if (sessionEpoch === 0) {
      this.#sessions.delete(sessionId)
      const served = partitionsIn(topics)
      if (!this.hasRoom) return { answer: { errorCode: 0, sessionId: 0 }, served }
      const id = this.#nextId++
      this.#sessions.set(id, { epoch: 1, served: new Map(served) })
      return { answer: { errorCode: 0, sessionId: id }, served }
    }
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return refused(NOT_FOUND)
    if (session.epoch !== sessionEpoch) return refused(WRONG_EPOCH)
    session.epoch++
    for (const [key, asked] of partitionsIn(topics)) session.served.set(key, asked)
    for (const { topicId, partitions } of forgotten) {
      for (const partition of partitions) session.served.delete(`${topicId}:${partition}`)
    }
    return { answer: { errorCode: 0, sessionId }, served: new Map(session.served) }
  }
}

function refused(errorCode: number): { answer: SessionAnswer; served: null } {
  return { answer: { errorCode, sessionId: 0 }, served: null }
}

function partitionsIn(topics: readonly FetchTopic[]): Served {
  return new Map(
    topics.flatMap(({ topicId, partitions }) =>
      partitions.map((one) => [`${topicId}:${one.partition}`, JSON.stringify(one)]),
    ),
  )
}

const topicOf = (topic: string, topicId: string, offsets: Record<number, number>): FetchTopic => ({
  topic,
  topicId,
  partitions: Object.entries(offsets).map(([partition, offset]) => ({
    partition: Number(partition),
    offset,
    leaderEpoch: 1,
    lastFetchedEpoch: -1,
    maxBytes: 100,
  })),
})

describe('a fetch session', () => {
  test('names what has changed, and what is not wanted any more', () => {
    const session = new FetchSession()
    const first = session.next([topicOf('a', 'A', { 0: 5, 1: 5 }), topicOf('b', 'B', { 0: 5 })])
    expect(first).toMatchObject({ sessionId: 0, sessionEpoch: 0, forgotten: [] })
    expect([...partitionsIn(first.topics).keys()]).toEqual(['A:0', 'A:1', 'B:0'])
    expect(session.accept({ errorCode: 0, sessionId: 7 })).toBe(true)
    expect(session.next([topicOf('a', 'A', { 0: 5, 1: 9, 2: 0 })])).toMatchObject({
      sessionId: 7,
      sessionEpoch: 1,
      topics: [topicOf('a', 'A', { 1: 9, 2: 0 })],
      forgotten: [{ topic: 'b', topicId: 'B', partitions: [0] }],
    })
    session.accept({ errorCode: 0, sessionId: 7 })
    expect(session.next([topicOf('a', 'A', { 0: 5, 1: 9, 2: 0 })])).toEqual({
      sessionId: 7,
      sessionEpoch: 2,
      topics: [],
      forgotten: [],
    })
  })

  test.each([
    [NOT_FOUND, 0],
    [WRONG_EPOCH, 7],
    [106, 7],
  ])('that is refused with %i begins anew, and ends what there may be', (errorCode, sessionId) => {
    const session = new FetchSession()
    const wanted = [topicOf('a', 'A', { 0: 5 })]
    session.next(wanted)
    session.accept({ errorCode: 0, sessionId: 7 })
    session.next(wanted)
    expect(session.accept({ errorCode, sessionId: 0 })).toBe(false)
    expect(session.next(wanted)).toEqual({
      sessionId,
      sessionEpoch: 0,
      topics: wanted,
      forgotten: [],
    })
  })

  test('begins anew for a topic that took the place of another', () => {
    const session = new FetchSession()
    session.next([topicOf('a', 'A', { 0: 5 })])
    session.accept({ errorCode: 0, sessionId: 7 })
    const wanted = [topicOf('a', 'B', { 0: 0 })]
    expect(session.next(wanted)).toMatchObject({ sessionEpoch: 0, topics: wanted, forgotten: [] })
  })

  test('has its broker serve what was asked for last, exactly, whatever is lost on the way', () => {
    const random = seededRandom(SEED)
    const pick = (below: number): number => Math.floor(random() * below)
    for (let run = 0; run < 60; run++) {
      const broker = new PlayedSessions()
      const session = new FetchSession()
      let incremental = 0
      for (let turn = 0; turn < 60; turn++) {
        broker.hasRoom = pick(20) > 0
        if (pick(25) === 0) broker.forgetAll()
        const wanted = ['a', 'b', 'c'].flatMap((topic) => {
          const offsets = [0, 1, 2, 3].filter(() => pick(4) > 0).map((n) => [n, pick(3)])
          const topicId = `${topic}${pick(20) === 0 ? 2 : 1}`
          return offsets.length === 0 ? [] : [topicOf(topic, topicId, Object.fromEntries(offsets))]
        })
        const request = session.next(wanted)
        if (request.sessionEpoch > 0) incremental++
        const fate = pick(10)
        if (fate === 0) {
          session.lose() // before the broker has heard of it
          continue
        }
        const { answer, served } = broker.take(request)
        if (fate === 1) {
          session.lose()
          continue
        }
        const isOwn = session.accept(answer)
        expect(isOwn, `seed ${SEED}`).toBe(served !== null)
        if (served !== null) expect(served, `seed ${SEED}`).toEqual(partitionsIn(wanted))
        else expect(request.sessionEpoch, `seed ${SEED}`).toBeGreaterThan(0) // the next is full
      }
      expect(incremental, `seed ${SEED}`).toBeGreaterThan(5)
    }
  })
})
