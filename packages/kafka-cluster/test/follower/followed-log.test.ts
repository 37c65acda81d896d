import {
  Doorbell,
  READ_NEEDS_LOAD,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  RingLogWriter,
  createGateMemory,
  createRingLogMemory,
} from '@ringlog/core/internal'
import { describe, expect, test, vi } from 'vitest'
import { FetchMemory } from '../../src/consumer/fetch-memory.ts'
import { copyFetchedBatches } from '../../src/consumer/fetched-batches.ts'
import { FetchedLog } from '../../src/consumer/fetched-log.ts'
import { FollowedLog } from '../../src/follower/followed-log.ts'
import { FollowedRing } from '../../src/follower/followed-ring.ts'
import { FollowerWords } from '../../src/follower/follower-words.ts'
import { batchAt, concat } from '../consumer/batches.ts'

const AT = { topic: 'orders', partition: 0 }
const BOUNDS = { logStartOffset: 0, endOffset: 1_000 }

function newRing(startOffset: number) {
  const memory = createRingLogMemory(64 * 1024, { endOffset: startOffset })
  const writer = new RingLogWriter(memory)
  const words = FollowerWords.create(BOUNDS, -1)
  const followerDoorbell = new Doorbell().memory
  const ring = new FollowedRing({
    ring: memory,
    words: words.memory,
    followerDoorbell,
    gate: createGateMemory(),
  })
  /** Batches of two records each. */
  const append = (...offsets: number[]): void => {
    for (const offset of offsets) writer.appendCopy(batchAt(offset, ['a', 'b']))
  }
  const appendOf = (leaderEpoch: number, offset: number): void => {
    words.leaderEpoch = leaderEpoch
    writer.appendCopy(batchAt(offset, ['a', 'b'], { leaderEpoch }))
  }
  return { ring, words, writer, append, appendOf }
}

function newLog(
  ring: FollowedRing | null,
  { logStartOffset = 0, start = { offset: 0, leaderEpoch: -1 } } = {},
) {
  const memory = new FetchMemory()
  const own = new FetchedLog(
    AT,
    { ...BOUNDS, logStartOffset },
    {
      memory,
      onWanted: () => undefined,
      onClose: () => undefined,
      findByTimestamp: () => Promise.resolve(null),
    },
  )
  const joinedAt: number[] = []
  let nowMs = 1_000
  let next: FollowedRing | null = null
  const log = new FollowedLog(own, start, ring, {
    join: (offset) => {
      joinedAt.push(offset)
      return Promise.resolve(next)
    },
    leave: () => undefined,
    isLost: () => false,
    nowMs: () => nowMs,
    onClose: () => undefined,
  })
  const read = (offset: number): ReadResult => {
    const result = new ReadResult()
    log.read(offset, new Uint8Array(1024), result)
    return result
  }
  const answer = (...offsets: number[]): void => {
    const bytes = concat(...offsets.map((offset) => batchAt(offset, ['a', 'b'])))
    own.accept(copyFetchedBatches(AT, own.fetchOffset, [bytes], memory, []))
  }
  const setNext = (following: FollowedRing): void => void (next = following)
  return { log, own, read, answer, joinedAt, setNext, wait: (ms: number) => (nowMs += ms) }
}

describe('a followed log', () => {
  test('is read in the ring, and nothing is fetched for it', () => {
    const { ring, append } = newRing(10)
    const { read, log, own } = newLog(ring)
    expect([read(10).status, log.availableBytes(10)]).toStrictEqual([READ_NOTHING_NEW, 0])
    append(10, 12)

    expect(read(10)).toMatchObject({ status: READ_OK, nextOffset: 14 })
    expect([own.fetchOffset, log.endOffset]).toStrictEqual([-1, 1_000])
  })

  test('is fetched where the ring has it no more, until it meets the ring', async () => {
    const { ring, append } = newRing(10)
    const { read, answer, log, own } = newLog(ring)
    append(10)
    expect([read(4).status, own.fetchOffset]).toStrictEqual([READ_NEEDS_LOAD, 4])
    const loaded = log.load()
    answer(4, 6, 8)
    await loaded

    expect(read(4)).toMatchObject({ status: READ_OK, nextOffset: 10 })
    expect(read(10)).toMatchObject({ status: READ_OK, nextOffset: 12 })
    expect([own.fetchOffset, own.bufferedBytes]).toStrictEqual([-1, 0])
  })

  test('is fetched where its follower has not come yet', () => {
    const { ring, append } = newRing(10)
    const { read, own } = newLog(ring)
    expect([read(20).status, own.fetchOffset]).toStrictEqual([READ_NEEDS_LOAD, 20])
    append(10, 18, 20)

    expect(read(20)).toMatchObject({ status: READ_OK, nextOffset: 22 })
    expect(own.fetchOffset).toBe(-1)
  })

  test('has nothing that was deleted before it was opened, though the ring has it still', () => {
    const { ring, append } = newRing(10)
    append(10, 12)
    const { read, log } = newLog(ring, { logStartOffset: 12 })
    expect(log.availableBytes(10)).toBe(Infinity)
    expect([read(10).status, log.logStartOffset]).toStrictEqual([READ_OUT_OF_RANGE, 12])
    expect(read(12)).toMatchObject({ status: READ_OK, nextOffset: 14 })
    expect(log.logStartOffset).toBe(12)
  })

  test('knows the leader epochs of what is read in the ring, for commits', () => {
    const { ring, appendOf } = newRing(10)
    const { own, read } = newLog(ring)
    appendOf(3, 10)
    appendOf(4, 12)
    read(10)
    expect([10, 12, 14, 16].map((offset) => own.leaderEpochBefore(offset))).toEqual([-1, 3, 4, -1])
  })

  test('that was committed under the leader of the ring is read there', () => {
    const { ring, appendOf } = newRing(10)
    const { own, read } = newLog(ring, { start: { offset: 12, leaderEpoch: 3 } })
    appendOf(3, 10)
    appendOf(3, 12)
    expect(read(12)).toMatchObject({ status: READ_OK, nextOffset: 14 })
    expect(own.fetchOffset).toBe(-1)
  })

  test('that was committed under another leader than the ring’s last is fetched first', () => {
    const { ring, appendOf } = newRing(10)
    const { own, log, read, answer } = newLog(ring, { start: { offset: 12, leaderEpoch: 3 } })
    own.startFrom({ offset: 12, leaderEpoch: 3 })
    for (const offset of [10, 12, 14, 16]) appendOf(4, offset)
    expect(log.availableBytes(12)).toBeGreaterThan(0)
    expect(read(12).status).toBe(READ_NEEDS_LOAD)
    expect([own.fetchOffset, own.lastFetchedEpoch]).toStrictEqual([12, 3])
    answer(12)
    expect(read(12)).toMatchObject({ status: READ_OK, nextOffset: 14 })
    expect(read(14)).toMatchObject({ status: READ_OK, nextOffset: 18 })
    expect(own.fetchOffset).toBe(-1)
  })

  test('that was cut off before what was committed says so, though the ring goes on', () => {
    const { ring, appendOf } = newRing(10)
    const { own, log, read } = newLog(ring, { start: { offset: 12, leaderEpoch: 3 } })
    own.startFrom({ offset: 12, leaderEpoch: 3 })
    for (const offset of [10, 12]) appendOf(4, offset)
    read(12)
    own.truncate(11)
    expect(read(12).status).toBe(READ_OUT_OF_RANGE)
    expect(log.truncatedTo).toBe(11)
    expect(read(10)).toMatchObject({ status: READ_OK, nextOffset: 14 })
  })

  test('holds the ring where it reads in it, and nowhere else', () => {
    const { ring, writer, append } = newRing(10)
    const { log } = newLog(ring)
    append(10, 12, 14)
    log.release(12)
    expect(log.heldOffset).toBe(12)
    log.release(4)
    expect(log.heldOffset).toBeNull()
    writer.makeRoom(65_000, Infinity)
    expect(writer.logStartOffset).toBeGreaterThan(12)
    log.release(12) // gone by now: it is fetched, so others need not wait for it
    expect(log.heldOffset).toBeNull()
  })

  test('that is over is read to the end of its ring; then the cluster is asked what follows it', () => {
    const { ring, words, append } = newRing(10)
    const { read, own, log } = newLog(ring)
    append(10)
    words.leaderEpoch = 7
    words.setOver()

    expect(log.availableBytes(12)).toBe(Infinity)
    expect(read(10)).toMatchObject({ status: READ_OK, nextOffset: 12 })
    expect(read(12).status).toBe(READ_NEEDS_LOAD)
    expect([own.fetchOffset, own.lastFetchedEpoch]).toStrictEqual([12, 7])
  })

  test('that is over just after its end was seen is looked at again', () => {
    const { ring, words, append } = newRing(10)
    const { read, own } = newLog(ring)
    const readRing = ring.read.bind(ring)
    const spy = vi.spyOn(ring, 'read').mockImplementationOnce((...args) => {
      readRing(...args)
      append(10)
      words.leaderEpoch = 8
      words.setOver()
    })
    expect(read(10).status).toBe(READ_NOTHING_NEW)
    spy.mockRestore()

    expect(read(10)).toMatchObject({ status: READ_OK, nextOffset: 12 })
    expect(own.fetchOffset).toBe(-1)
  })

  test('goes back, once it is over, to where the log was cut off, and does not look at its ring again', () => {
    const { ring, words, append } = newRing(10)
    const { read, own, log, answer } = newLog(ring)
    append(10, 12)
    words.setOver()
    read(10)
    read(14)
    own.truncate(12)

    expect([read(14).status, log.truncatedTo]).toStrictEqual([READ_OUT_OF_RANGE, 12])
    expect(read(12).status).toBe(READ_NEEDS_LOAD)
    answer(12)
    expect(read(12)).toMatchObject({ status: READ_OK, nextOffset: 14 })
    expect(log.truncatedTo).toBeNull()
  })

  test('asks for another follower once the cluster has given what follows, and not all the time', async () => {
    const { read, answer, joinedAt, setNext, wait, own } = newLog(null)
    read(0)
    answer(0)
    read(0)
    await Promise.resolve()
    answer(2)
    read(2)
    expect(joinedAt).toStrictEqual([2])
    wait(60_000)
    const { ring, append } = newRing(6)
    setNext(ring)
    answer(4)
    read(4)
    expect(joinedAt).toStrictEqual([2, 6])
    await new Promise(setImmediate)
    append(6)

    expect(read(6)).toMatchObject({ status: READ_OK, nextOffset: 8 })
    expect(own.fetchOffset).toBe(-1)
  })

  test('cannot be waited for by a thread that blocks, where it has to be fetched', () => {
    const { ring } = newRing(10)
    const { log, read } = newLog(ring)
    expect(read(4).status).toBe(READ_NEEDS_LOAD)

    expect(() => log.loadSync()).toThrow(/not in the ring of its follower/)
  })
})
