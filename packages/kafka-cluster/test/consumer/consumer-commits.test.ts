import { systemClock } from '@ringlog/core/internal'
import { isSettled, until } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import type { Cluster } from '../../src/cluster.ts'
import { ConsumerCommits } from '../../src/consumer/consumer-commits.ts'

const STALE_MEMBER_EPOCH = 113
const ILLEGAL_GENERATION = 22
const UNKNOWN_TOPIC_ID = 100
const TOPIC_AUTHORIZATION_FAILED = 29
const AT = { topic: 'orders', partition: 0 }

const logAt = (partition: number, leaderEpoch = -1) => ({
  at: { ...AT, partition },
  leaderEpochBefore: () => leaderEpoch,
})
const LOG = logAt(0)

interface SeenCommit {
  readonly epoch: number
  readonly leaderEpochs: readonly number[]
  readonly offsets: Record<number, number>
  readonly metadata: readonly string[]
}

/** A coordinator that answers what a test says. */
class Coordinator {
  readonly seen: SeenCommit[] = []
  readonly #numbers: number[]
  #release: (() => void) | null = null

  constructor(numbers: number[] = []) {
    this.#numbers = numbers
  }

  /** Answers nothing until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#release = resolve
    this.held = promise
    return () => this.#release?.()
  }

  held: Promise<void> = Promise.resolve()

  get cluster(): Cluster {
    const request = async (_groupId: string, _apis: unknown, args: readonly unknown[]) => {
      const [, epoch, , , topics] = args as [string, number, string, null, CommittedTopic[]]
      const [{ partitions }] = topics as [CommittedTopic]
      const offsets = partitions.map((p) => [p.partitionIndex, Number(p.committedOffset)])
      const leaderEpochs = partitions.map(({ committedLeaderEpoch }) => committedLeaderEpoch)
      const byPartition = Object.fromEntries(offsets) as Record<number, number>
      const metadata = partitions.map(({ committedMetadata }) => committedMetadata)
      this.seen.push({ epoch, leaderEpochs, offsets: byPartition, metadata })
      await this.held
      const errorCode = this.#numbers.shift() ?? 0
      const answered = partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode }))
      return { topics: [{ name: AT.topic, partitions: answered }] }
    }
    return {
      clock: systemClock,
      config: { requestTimeoutMs: 5_000, retryBackoffMs: 1 },
      kafka: { offsetCommitV9: { api: { version: 9 } } },
      coordinators: { request },
    } as unknown as Cluster
  }
}

interface CommittedTopic {
  readonly partitions: ReadonlyArray<{
    partitionIndex: number
    committedOffset: bigint
    committedLeaderEpoch: number
    committedMetadata: string
  }>
}

function commitsOn(coordinator: Coordinator, epoch = (): number => 1): ConsumerCommits {
  const member = () => ({ memberId: 'm', epoch: epoch(), instanceId: null })
  return new ConsumerCommits(coordinator.cluster, 'g', { member, isGone: () => false })
}

describe('a commit', () => {
  test('is made again with the epoch of by then', async () => {
    const coordinator = new Coordinator([STALE_MEMBER_EPOCH, STALE_MEMBER_EPOCH])
    let epoch = 5
    const commits = commitsOn(coordinator, () => epoch++)

    expect(await commits.on(LOG, null).commit(3)).toBe(true)

    expect(coordinator.seen.map((seen) => seen.epoch)).toStrictEqual([5, 6, 7])
  })

  test('tells the leader epoch of what was read last', async () => {
    const coordinator = new Coordinator()
    await commitsOn(coordinator).on(logAt(0, 7), null).commit(3)
    expect(coordinator.seen[0]!.leaderEpochs).toStrictEqual([7])
  })

  test('made by hand, with words of its own, tells it as well', async () => {
    const coordinator = new Coordinator()
    const commits = commitsOn(coordinator)
    commits.on(logAt(0, 7), null)
    await commits.commit({ ...AT, offset: 3, metadata: 'mine' })
    await commits.commit({ ...AT, partition: 1, offset: 3 })
    expect(coordinator.seen.map((seen) => seen.leaderEpochs)).toStrictEqual([[7], [-1]])
  })

  test('takes along what is kept beside it, and does not come again behind a later one', async () => {
    const coordinator = new Coordinator()
    const commits = commitsOn(coordinator).on(LOG, null)
    const release = coordinator.hold()
    const first = commits.commit(5, 'five')
    await until(() => coordinator.seen.length === 1)
    const later = [commits.commit(9), commits.commit(9, 'nine')]
    release()
    expect(await Promise.all([first, ...later])).toEqual([true, true, true])
    const seen = coordinator.seen.map(({ offsets, metadata }) => [offsets[0], metadata[0]])
    expect(seen).toEqual([
      [5, 'five'],
      [9, 'nine'],
    ])
    expect(commits.takesMetadata).toBe(true)
  })

  test('of a topic that no coordinator knows any more is not accepted, and says that it is gone', async () => {
    const coordinator = new Coordinator(Array.from({ length: 2_000 }, () => UNKNOWN_TOPIC_ID))
    let deleted = 0
    const topic = { topicId: '', onDeleted: () => void deleted++ }
    expect(await commitsOn(coordinator).on(logAt(0), 1, topic).commit(3)).toBe(false)
    expect(deleted).toBe(1)
  })

  test('is not accepted where the group has put the member out', async () => {
    const on = commitsOn(new Coordinator([ILLEGAL_GENERATION])).on(LOG, 1)

    expect(await on.commit(3)).toBe(false)
    expect(on.committed).toBe(1)
  })

  test('rejects with what the coordinator refuses it for', async () => {
    const on = commitsOn(new Coordinator([TOPIC_AUTHORIZATION_FAILED])).on(LOG, null)

    await expect(on.commit(3)).rejects.toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED' })
  })

  test('that is named again before its answer is one request', async () => {
    const coordinator = new Coordinator()
    const on = commitsOn(coordinator).on(LOG, null)

    await Promise.all([on.commit(3), on.commit(3)])

    expect(coordinator.seen).toHaveLength(1)
  })
})

describe('commits', () => {
  test('while one is under way go together with the next, of each partition the last', async () => {
    const coordinator = new Coordinator()
    const answer = coordinator.hold()
    const commits = commitsOn(coordinator)
    const first = commits.on(LOG, null)
    const second = commits.on(logAt(1), null)

    const accepted = [Promise.resolve(first.commit(1))]
    await isSettled(accepted[0]!)
    for (const offset of [2, 3]) accepted.push(Promise.resolve(first.commit(offset)))
    accepted.push(Promise.resolve(second.commit(9)))
    answer()

    expect(await Promise.all(accepted)).toStrictEqual([true, true, true, true])
    expect(coordinator.seen.map(({ offsets }) => offsets)).toStrictEqual([{ 0: 1 }, { 0: 3, 1: 9 }])
    expect(first.committed).toBe(3)
  })

  test('of a partition that was let go are not accepted', () => {
    const on = commitsOn(new Coordinator()).on(LOG, 4)
    on.release()

    expect(on.commit(5)).toBe(false)
    expect(on.isRevoked).toBe(true)
  })
})
