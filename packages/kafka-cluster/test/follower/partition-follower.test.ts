import {
  Doorbell,
  Gate,
  GateView,
  ReadResult,
  RecordBatchHeader,
  RingLogReader,
  RingLogWriter,
  createGateMemory,
  createRingLogMemory,
  systemClock,
} from '@ringlog/core/internal'
import { isSettled, until } from '@ringlog/test-kit'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Cluster } from '../../src/cluster.ts'
import type { FetchRequest, FetchedPartition } from '../../src/consumer/fetch-api.ts'
import { FollowerWords } from '../../src/follower/follower-words.ts'
import { PartitionFollower } from '../../src/follower/partition-follower.ts'
import { loadKafka } from '../../src/load-kafka.ts'
import { batchAt, concat } from '../consumer/batches.ts'

const AT = { topic: 'orders', topicId: 'id', partition: 0 }
const RING_BYTES = 64 * 1024
/** Of the record before the ring's first. */
const START_EPOCH = 2
const kafka = await loadKafka()

interface PlayedLog {
  readonly batches: Uint8Array[]
  logStartOffset: number
  /** The epochs that fetches go on from. */
  readonly askedEpochs?: number[]
}

/** A cluster of one leader, whose log is what `log` says. */
function clusterOf(log: PlayedLog): Cluster {
  const header = new RecordBatchHeader()
  const answer = async (request: FetchRequest): Promise<Partial<FetchedPartition>> => {
    const { offset } = request.topics[0]!.partitions[0]!
    log.askedEpochs?.push(request.topics[0]!.partitions[0]!.lastFetchedEpoch)
    for (;;) {
      if (offset < log.logStartOffset) return { errorCode: 1 }
      const records = log.batches.filter((batch) => header.wrap(batch).lastOffset >= offset)
      if (records.length > 0) return { records: [concat(...records.slice(0, 4))] }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const place = {
    partitionIndex: 0,
    errorCode: 0,
    offset: BigInt(log.logStartOffset),
    timestamp: -1n,
  }
  const offsets = { topics: [{ name: 'orders', partitions: [place] }] }
  const fake = {
    kafka,
    clock: systemClock,
    config: { retryBackoffMs: 1, requestTimeoutMs: 1_000 },
    closedError: () => null,
    metadata: {
      knownLeader: () => ({ nodeId: 1, leaderEpoch: 3 }),
      leader: () => Promise.resolve({ nodeId: 1, leaderEpoch: 3 }),
      markStale: () => undefined,
    },
    connections: {
      closeLane: () => undefined,
      request: async (_node: number, _apis: unknown[], [request]: readonly [FetchRequest]) => {
        if (typeof request !== 'object') return offsets // ListOffsets begins with who asks
        const found = await answer(request)
        const partition = {
          topic: 'id',
          partition: 0,
          errorCode: 0,
          highWatermark: 99,
          lastStableOffset: 99,
          logStartOffset: log.logStartOffset,
          divergingOffset: -1,
          abortedTransactions: [],
          records: [],
          ...found,
        }
        return { throttleTimeMs: 0, errorCode: 0, partitions: [partition] }
      },
    },
  }
  return fake as unknown as Cluster
}

function follow(log: PlayedLog, startOffset: number) {
  const ring = createRingLogMemory(RING_BYTES, { endOffset: startOffset })
  const words = FollowerWords.create({ logStartOffset: 0, endOffset: 99 }, START_EPOCH)
  const doorbell = new Doorbell()
  const memory = { ring, words: words.memory, followerDoorbell: doorbell.memory }
  const start = { ...AT, isolationLevel: 'read_uncommitted', memory } as never
  const follower = new PartitionFollower(clusterOf(log), start)
  const gate = createGateMemory()
  new GateView(gate).committedWord = startOffset
  const readerDoorbell = new Doorbell()
  follower.openReader({ readerId: 'reader', doorbell: readerDoorbell.memory, gate })
  const ended = follower.run()
  onTestFinished(() => {
    follower.close()
    return ended
  })
  const release = (offset: number): void => {
    if (new Gate(gate, ring).release(offset)) doorbell.ring()
  }
  return { follower, ended, words, reader: new RingLogReader(ring), release, readerDoorbell }
}

const kilobytes = 'x'.repeat(8_000)
/** So many batches of it fit in a ring. */
const RING_BATCHES = 8

describe('a follower', () => {
  test('appends what is fetched with the offsets that it has, whatever lies between', async () => {
    const batches = [batchAt(4, ['a', 'b']), batchAt(40, ['c']), batchAt(60, ['d', 'e'])]
    const { reader } = follow({ batches, logStartOffset: 0 }, 5)
    await until(() => reader.endOffset === 62)

    const target = new Uint8Array(1024)
    const result = new ReadResult()
    reader.read(5, target, result)
    expect(Buffer.from(target.subarray(0, batches[0]!.length))).toEqual(Buffer.from(batches[0]!))
    expect(result.nextOffset).toBe(62)
  })

  test('rings a reader that joins: it was not rung for what was appended since it has the ring', async () => {
    const { follower, reader } = follow({ batches: [batchAt(4, ['a'])], logStartOffset: 0 }, 4)
    const doorbell = new Doorbell()
    let hasLooked = false
    const waiting = doorbell.waitAsync(() => hasLooked && reader.endOffset === 5)
    await until(() => reader.endOffset === 5)
    hasLooked = true
    expect(await isSettled(waiting)).toBe(false)
    follower.openReader({ readerId: 'second', doorbell: doorbell.memory, gate: null })
    await waiting
  })

  test('begins as what follows a record of the epoch that its reader has committed', async () => {
    const askedEpochs: number[] = []
    const { reader } = follow(
      { batches: [batchAt(4, ['a', 'b'])], logStartOffset: 0, askedEpochs },
      4,
    )
    await until(() => reader.endOffset === 6)
    expect(askedEpochs[0]).toBe(START_EPOCH)
  })

  test('says the epoch of a batch before readers see it', async () => {
    const seen: number[] = []
    let words: FollowerWords | null = null
    const append = vi.spyOn(RingLogWriter.prototype, 'appendCopy')
    append.mockImplementation(() => seen.push(words!.leaderEpoch))
    onTestFinished(() => append.mockRestore())
    const batch = batchAt(0, ['a'])
    const epoch = new RecordBatchHeader().wrap(batch).partitionLeaderEpoch
    ;({ words } = follow({ batches: [batch], logStartOffset: 0 }, 0))
    words.leaderEpoch = 77
    await until(() => seen.length > 0)

    expect(seen[0]).toBe(epoch)
  })

  test('fetches no further than its slowest reader lets it, and goes on when that does', async () => {
    const batches = Array.from({ length: 20 }, (_, i) => batchAt(i, [kilobytes]))
    const { reader, release } = follow({ batches, logStartOffset: 0 }, 0)
    await until(() => reader.endOffset === RING_BATCHES)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([reader.logStartOffset, reader.endOffset]).toStrictEqual([0, RING_BATCHES])

    release(5)
    await until(() => reader.endOffset > 9)
    expect(reader.logStartOffset).toBeLessThanOrEqual(5)
    release(20)
    await until(() => reader.endOffset === 20)
  })

  test('that nobody reads keeps what it has', async () => {
    const batches = Array.from({ length: 20 }, (_, i) => batchAt(i, [kilobytes]))
    const { reader, follower } = follow({ batches, logStartOffset: 0 }, 0)
    follower.closeReader('reader')
    await until(() => reader.endOffset === RING_BATCHES)
    await new Promise((resolve) => setTimeout(resolve, 50))

    expect([reader.logStartOffset, reader.endOffset]).toStrictEqual([0, RING_BATCHES])
  })

  test.each([
    { what: 'the log begins after the end of its ring', logStartOffset: 50, value: 'a' },
    {
      what: 'a batch is larger than its ring takes',
      logStartOffset: 0,
      value: kilobytes.repeat(3),
    },
  ])('is over, and says so, where $what', async ({ logStartOffset, value }) => {
    const batches = [batchAt(0, [value])]
    const { words, ended, readerDoorbell } = follow({ batches, logStartOffset }, 0)
    expect(await readerDoorbell.waitAsync(() => words.isOver)).toBe(true)
    await ended
  })
})
