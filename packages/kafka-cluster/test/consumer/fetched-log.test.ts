import {
  READ_NEEDS_LARGER_TARGET,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  RinglogError,
} from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import { FetchMemory } from '../../src/consumer/fetch-memory.ts'
import { copyFetchedBatches } from '../../src/consumer/fetched-batches.ts'
import { FetchedLog } from '../../src/consumer/fetched-log.ts'
import { batchAt, concat } from './batches.ts'

const AT = { topic: 'orders', partition: 0 }

function newLog(bounds = { logStartOffset: 0, endOffset: 100 }) {
  let wanted = 0
  const memory = new FetchMemory()
  const log = new FetchedLog(AT, bounds, {
    memory,
    onWanted: () => wanted++,
    onClose: () => undefined,
    findByTimestamp: () => Promise.resolve(null),
  })
  /** An answer with a batch of two records for each of these offsets. */
  const answer = (...offsets: number[]): void => {
    const bytes = concat(...offsets.map((offset) => batchAt(offset, ['a', 'b'])))
    log.accept(copyFetchedBatches(AT, log.fetchOffset, [bytes], memory, []))
  }
  const read = (offset: number, targetBytes = 1024): ReadResult => {
    const result = new ReadResult()
    log.read(offset, new Uint8Array(targetBytes), result)
    return result
  }
  return { log, answer, read, wanted: () => wanted }
}

describe('a fetched log', () => {
  test('fetches from where it is first read, and ahead of that', () => {
    const { log, read, answer, wanted } = newLog()
    expect([log.fetchOffset, log.availableBytes(4)]).toStrictEqual([-1, Infinity])

    expect(read(4)).toMatchObject({ status: READ_NOTHING_NEW })
    expect([log.fetchOffset, log.availableBytes(4), wanted()]).toStrictEqual([4, 0, 1])
    answer(4, 6)
    expect(log.fetchOffset).toBe(8)
    const bytes = log.availableBytes(4)

    expect(read(4)).toMatchObject({ status: READ_OK, copiedBytes: bytes, nextOffset: 8 })
    expect([log.availableBytes(8), log.bufferedBytes, wanted()]).toStrictEqual([0, 0, 2])
  })

  test('gives whole batches, as many as fit', () => {
    const { log, read, answer } = newLog()
    read(0)
    answer(0, 2)
    answer(4)
    const batchBytes = log.bufferedBytes / 3

    expect(read(0, batchBytes - 8)).toMatchObject({
      status: READ_NEEDS_LARGER_TARGET,
      requiredBytes: batchBytes,
    })
    expect(read(0, batchBytes)).toMatchObject({ status: READ_OK, nextOffset: 2 })
    expect(log.availableBytes(2)).toBe(2 * batchBytes)
    expect(read(2)).toMatchObject({ status: READ_OK, nextOffset: 4 })
    expect(read(4)).toMatchObject({ status: READ_OK, nextOffset: 6 })
  })

  test('finds an offset in what it has; any other is fetched anew', () => {
    const { log, read, answer } = newLog()
    read(0)
    answer(0, 2)
    answer(4, 6)
    const { generation } = log

    expect(read(5)).toMatchObject({ status: READ_OK, nextOffset: 8 })
    expect(log.generation).toBe(generation)

    expect(read(1)).toMatchObject({ status: READ_NOTHING_NEW })
    expect([log.fetchOffset, log.bufferedBytes]).toStrictEqual([1, 0])
    expect(log.generation).toBe(generation + 1)
  })

  test('what lies before its start is out of range at once, what lies after its end when the leader says so', () => {
    const { log, read } = newLog({ logStartOffset: 10, endOffset: 20 })
    expect(read(9)).toMatchObject({ status: READ_OUT_OF_RANGE })

    expect(read(30)).toMatchObject({ status: READ_NOTHING_NEW })
    log.setBounds({ logStartOffset: 12, endOffset: 25 })
    log.endOutOfRange()
    expect(log.availableBytes(30)).toBe(Infinity)
    expect(read(30)).toMatchObject({ status: READ_OUT_OF_RANGE })
    expect([log.logStartOffset, log.endOffset]).toStrictEqual([12, 25])
    expect(log.availableBytes(30)).toBe(0) // asked again
  })

  test('gives what it has before it throws what comes next', () => {
    const { log, read, answer } = newLog()
    read(0)
    answer(0)
    const error = new RinglogError('CORRUPT_MESSAGE')
    log.fail(error)

    expect(read(0)).toMatchObject({ status: READ_OK, nextOffset: 2 })
    expect(log.availableBytes(2)).toBe(Infinity)
    expect(() => read(2)).toThrow(error)
    expect(log.hasEnded).toBe(false)
  })

  test('that was cut off says where', () => {
    const { log, read, answer } = newLog()
    read(50)
    log.truncate(40)

    expect(read(50)).toMatchObject({ status: READ_OUT_OF_RANGE })
    expect(log.truncatedTo).toBe(40)
    read(40)
    answer(40)
    read(40)
    expect(log.truncatedTo).toBe(null)
  })
  test('that was cut off says so again to who does not go back', () => {
    const { log, read, answer } = newLog()
    read(50)
    answer(50)
    read(50)
    const { lastFetchedEpoch } = log
    expect(lastFetchedEpoch).toBeGreaterThanOrEqual(0)
    for (let again = 0; again < 2; again++) {
      log.truncate(40)
      expect(read(52)).toMatchObject({ status: READ_OUT_OF_RANGE })
      expect([log.fetchOffset, log.lastFetchedEpoch]).toStrictEqual([52, lastFetchedEpoch])
    }
  })

  test('is held against the epoch that was committed, if it is read from there', () => {
    const { log, read } = newLog()
    log.startFrom({ offset: 7, leaderEpoch: 3 })
    read(7)
    expect([log.fetchOffset, log.lastFetchedEpoch]).toStrictEqual([7, 3])
    read(8)
    read(7) // a seek: whoever names an offset means it
    expect([log.fetchOffset, log.lastFetchedEpoch]).toStrictEqual([7, -1])

    const other = newLog()
    other.log.startFrom({ offset: 7, leaderEpoch: 3 })
    other.read(0)
    expect(other.log.lastFetchedEpoch).toBe(-1)
  })

  test('knows the epochs of what was read, and of nothing else', () => {
    const { log, read, answer } = newLog()
    read(4)
    answer(4, 6)
    expect(log.leaderEpochBefore(6)).toBe(-1) // fetched, not read
    read(4)
    const epoch = log.leaderEpochBefore(8)
    expect(epoch).toBe(log.lastFetchedEpoch)
    expect([3, 4, 9].map((offset) => log.leaderEpochBefore(offset))).toStrictEqual([-1, -1, -1])
  })
})
