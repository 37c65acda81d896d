import {
  partitionKey,
  partitionName,
  type EngineCallOptions,
  type PartitionCommits,
  type RinglogError,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { errorOfNumber } from '../connection/cluster-errors.ts'
import {
  FENCED_INSTANCE_ID,
  FENCED_MEMBER_EPOCH,
  ILLEGAL_GENERATION,
  REBALANCE_IN_PROGRESS,
  REQUEST_TIMED_OUT,
  STALE_MEMBER_EPOCH,
  UNKNOWN_MEMBER_ID,
  UNKNOWN_TOPIC_ID,
  UNKNOWN_TOPIC_OR_PARTITION,
} from '../connection/error-numbers.ts'
import { commitOffsets, type CommittingMember, type OffsetCommit } from '../group/offsets.ts'
import { retryDelay } from '../retrying.ts'

/**
 * The commits of one consumer: one request at a time, with all that was committed meanwhile, so that they take effect
 * in their order and a poll that commits each time costs a call now and then.
 *
 * Thread: the consumer's.
 */
export class ConsumerCommits {
  readonly #cluster: Cluster
  readonly #groupId: string
  readonly #committer: Committer
  /** What the consumer reads of the partitions, and the topics that they are of. */
  readonly #read = new Map<string, { readonly log: CommittedLog; readonly topicId: string }>()
  /** Partitions that the consumer has open, and commits on. */
  openCount = 0
  #waiting = new Map<string, WaitingCommit>()
  #sending: Promise<void> | null = null

  constructor(cluster: Cluster, groupId: string, committer: Committer) {
    this.#cluster = cluster
    this.#groupId = groupId
    this.#committer = committer
  }

  /** The commits on a partition that the consumer has from now on. */
  on(
    log: CommittedLog,
    committed: number | null,
    { topicId, onDeleted }: CommittedTopic = { topicId: '', onDeleted: () => undefined },
  ): ClusterPartitionCommits {
    const { at } = log
    this.#read.set(partitionKey(at), { log, topicId })
    return new ClusterPartitionCommits(committed, {
      isGone: () => this.#committer.isGone(),
      commit: (offset, metadata) => {
        const leaderEpoch = log.leaderEpochBefore(offset)
        return this.commit({ ...at, topicId, offset, leaderEpoch, metadata })
      },
      onDeleted,
    })
  }

  /** Resolves with what became of it; what came before it on the partition, and was not sent yet, is left out. */
  commit(commit: OffsetCommit): Promise<CommitOutcome> {
    const key = partitionKey(commit)
    const { promise, resolve, reject } = Promise.withResolvers<CommitOutcome>()
    const read = this.#read.get(key)
    const topicId = commit.topicId ?? read?.topicId ?? ''
    const leaderEpoch = commit.leaderEpoch ?? read?.log.leaderEpochBefore(commit.offset) ?? -1
    const waiting = this.#waiting.get(key)
    const isSameTopic = waiting?.commit.topicId === topicId
    if (waiting !== undefined && !isSameTopic) waiting.settle('deleted')
    const waiters = isSameTopic ? waiting.waiters : []
    this.#waiting.set(
      key,
      new WaitingCommit({ ...commit, topicId, leaderEpoch }, [...waiters, { resolve, reject }]),
    )
    this.#sending ??= this.#send()
    return promise
  }

  /** Resolves when what was committed by now is answered. */
  async settled(): Promise<void> {
    while (this.#sending !== null) await this.#sending
  }

  async #send(): Promise<void> {
    await Promise.resolve() // what the same poll commits goes along
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting.values()]
      this.#waiting = new Map()
      try {
        await this.#commit(batch, {})
      } catch (error) {
        for (const commit of batch) commit.reject(error)
      }
    }
    this.#sending = null
  }

  async #commit(commits: WaitingCommit[], options: EngineCallOptions): Promise<void> {
    const { clock, config } = this.#cluster
    const deadlineMs = clock.nowMs() + config.requestTimeoutMs
    const missingUntilMs = clock.nowMs() + MAX_SPREAD_MS
    let left = commits
    for (;;) {
      const isRefused = (number: number): boolean => REFUSED.has(number) || this.#committer.isGone()
      const isDeleted = (number: number): boolean =>
        MISSING.has(number) && clock.nowMs() >= missingUntilMs
      const member = this.#committer.member()
      const offsets = left.map(({ commit }) => commit)
      const numbers = await commitOffsets(this.#cluster, this.#groupId, member, offsets, {
        ...options,
        deadlineMs,
      })
      const again: WaitingCommit[] = []
      let last: RinglogError | null = null
      for (const [i, number] of numbers.entries()) {
        const waiting = left[i]!
        const { commit } = waiting
        if (number === 0) waiting.settle('accepted')
        else if (isRefused(number)) waiting.settle('refused')
        else if (isDeleted(number)) waiting.settle('deleted')
        else {
          last = errorOfNumber(
            number,
            `a commit was refused: partition=${partitionName(commit.topic, commit.partition)}`,
            {
              groupId: this.#groupId,
              topic: commit.topic,
              partition: commit.partition,
            },
          )
          if (AGAIN.has(number) || MISSING.has(number)) again.push(waiting)
          else waiting.reject(last)
        }
      }
      if (again.length === 0) return
      left = again
      await retryDelay(this.#cluster, deadlineMs, options.signal, last)
    }
  }
}

/** What is committed on. */
export interface CommittedLog {
  readonly at: TopicPartition
  /** The leader epoch of the record before an offset; -1: not known. */
  leaderEpochBefore(offset: number): number
}

/** Who the commits are of. */
export interface Committer {
  member(): CommittingMember
  /** Whether the group accepts nothing of it any more. */
  isGone(): boolean
}

const REFUSED: ReadonlySet<number> = new Set([
  ILLEGAL_GENERATION,
  UNKNOWN_MEMBER_ID,
  FENCED_INSTANCE_ID,
  FENCED_MEMBER_EPOCH,
])
/** The topic is gone, or the coordinator has not heard of it yet. */
const MISSING: ReadonlySet<number> = new Set([UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID])
const MAX_SPREAD_MS = 1_000
/** The member is about to hear of a rebalance, or to go on; or the coordinator was too slow. */
const AGAIN: ReadonlySet<number> = new Set([
  REQUEST_TIMED_OUT,
  REBALANCE_IN_PROGRESS,
  STALE_MEMBER_EPOCH,
])

/** What becomes of a commit: the group takes it; it does not; there is no such topic any more. */
export type CommitOutcome = 'accepted' | 'refused' | 'deleted'

/** The topic that commits are of. */
export interface CommittedTopic {
  /** `''`: not known. */
  readonly topicId: string
  /** A commit has found that the cluster has it no more. */
  readonly onDeleted: () => void
}

/** A commit that is not sent yet, and who waits for its answer. */
class WaitingCommit {
  readonly commit: OffsetCommit
  readonly waiters: readonly CommitWaiter[]

  constructor(commit: OffsetCommit, waiters: readonly CommitWaiter[]) {
    this.commit = commit
    this.waiters = waiters
  }

  settle(outcome: CommitOutcome): void {
    for (const waiter of this.waiters) waiter.resolve(outcome)
  }

  reject(error: unknown): void {
    for (const waiter of this.waiters) waiter.reject(error)
  }
}

interface CommitWaiter {
  resolve(outcome: CommitOutcome): void
  reject(error: unknown): void
}

/** The commits that a consumer makes on one partition. */
export class ClusterPartitionCommits implements PartitionCommits {
  /** Sent by itself, it would be another commit of that offset, behind those that were made since. */
  readonly takesMetadata = true
  readonly #parts: PartitionCommitsParts
  #committed: number | null
  #isReleased = false
  /** The latest commit that is not answered yet. */
  #pending: { readonly offset: number; readonly answer: Promise<boolean> } | null = null

  constructor(committed: number | null, parts: PartitionCommitsParts) {
    this.#committed = committed
    this.#parts = parts
  }

  get committed(): number | null {
    return this.#committed
  }

  get isRevoked(): boolean {
    return this.#isReleased || this.#parts.isGone()
  }

  /** The consumer has let the partition go. */
  release(): void {
    this.#isReleased = true
  }

  commit(offset: number, metadata?: string): boolean | Promise<boolean> {
    if (this.isRevoked) return false
    const isSame = metadata === undefined && this.#pending?.offset === offset
    if (isSame) return this.#pending!.answer
    const answer = this.#parts.commit(offset, metadata).then((outcome) => {
      if (outcome === 'accepted') this.#committed = offset
      if (outcome === 'deleted') this.#parts.onDeleted()
      return outcome === 'accepted'
    })
    const pending = { offset, answer }
    this.#pending = pending
    const end = (): void => {
      if (this.#pending === pending) this.#pending = null
    }
    answer.then(end, end)
    return answer
  }

  /** Nobody can be shown where a consumer stands: a cluster has no place for it. */
  report(): void {}
}

interface PartitionCommitsParts {
  isGone(): boolean
  commit(offset: number, metadata: string | undefined): Promise<CommitOutcome>
  onDeleted(): void
}
