import {
  RinglogError,
  checkWaitOptions,
  didYouMean,
  partitionName,
  show,
  type CommitDescription,
  type ConsumerEngine,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { AssignedPartition } from './assigned-partition.ts'
import type { ResolvedConsumerConfig } from './config.ts'
import { deadlineOf } from './deadline.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { PartitionOffset, QueryOptions } from './offset-queries.ts'
import { deletedError } from './partition-errors.ts'
import { checkPartitions, type SubscriptionState } from './subscription-state.ts'

/** An offset to commit: the next one to read, as in Kafka. */
export interface OffsetToCommit extends PartitionOffset {
  /** Kept beside the commit, and told by `describeGroup`; at most 4,096 characters. */
  metadata?: string | undefined
}

/** What commits work on. */
export interface OffsetCommitsParts {
  readonly engine: ConsumerEngine
  readonly config: ResolvedConsumerConfig
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
  /** What the consumer is to its group now: see `Membership` and `Assignment`. */
  readonly committer: Committer
}

/** In whose name a consumer commits. */
export interface Committer {
  /** Names it to its group. */
  readonly consumerId: string
  /** Whether its group assigns its partitions: then the group tells it what it has lost. */
  readonly isMember: boolean
  /**
   * Whether the rebalance listener is being called: until it returns, it, and whoever it waits for, may
   * commit also while the consumer closes.
   */
  readonly isInListener: boolean
  /** Why the group accepts no commit of it any more; `null`: it is not known why. */
  refusal(): RinglogError | null
}

const FIELDS = ['topic', 'partition', 'offset', 'metadata']
/** Kafka's `offset.metadata.max.bytes`. */
const MAX_METADATA_LENGTH = 4096

/**
 * Commits for a consumer with a group: a commit is a store in shared memory that the group's gate lies
 * in, and needs no answer.
 *
 * Thread: the consumer's.
 */
export class OffsetCommits {
  readonly #parts: OffsetCommitsParts
  #nextAutoCommitMs = 0

  constructor(parts: OffsetCommitsParts) {
    this.#parts = parts
  }

  /** See `Consumer.commit`. */
  async commit(offsets: OffsetToCommit[] | undefined, options: QueryOptions = {}): Promise<void> {
    checkWaitOptions('commit()', options)
    options.signal?.throwIfAborted()
    const descriptions = this.#commit(offsets)
    if (descriptions.length === 0) return
    const { engine, committer } = this.#parts
    const { signal } = options
    const deadlineMs = deadlineOf(options)
    const call = deadlineMs === Infinity ? { signal } : { signal, deadlineMs }
    await engine.describeCommits(this.#groupId, committer.consumerId, descriptions, call)
  }

  /** See `Consumer.commitSync`. */
  commitSync(offsets: OffsetToCommit[] | undefined): void {
    const descriptions = this.#commit(offsets)
    if (descriptions.length === 0) return
    const { engine, committer } = this.#parts
    // It is on its way when this returns; the answer could only be read by the event loop.
    engine.describeCommits(this.#groupId, committer.consumerId, descriptions).catch(() => undefined)
  }

  /** See `Consumer.committed`. */
  async committed(p: TopicPartition, options: QueryOptions = {}): Promise<number | null> {
    const { engine, subscription } = this.#parts
    this.#assertOpen()
    checkWaitOptions('committed()', options)
    options.signal?.throwIfAborted()
    const [at] = checkPartitions([p])
    const groupId = this.#groupId
    const grant = subscription.find(at!)?.open.grant ?? null
    if (grant !== null && !grant.isRevoked) return grant.committed
    const { signal } = options
    const deadlineMs = deadlineOf(options)
    const call = deadlineMs === Infinity ? { signal } : { signal, deadlineMs }
    return engine.committedOffset(groupId, at!, call)
  }

  /**
   * Commits what counts as consumed, where the configuration wants that, and it is time.
   *
   * @param nowMs On the clock of `monotonicMs`; `Infinity`: it is time in any case.
   * @throws RinglogError STALE_MEMBER_EPOCH when another consumer has assigned a partition to itself.
   */
  autoCommit(nowMs: number): void {
    const refused = this.tryAutoCommit(nowMs)
    // A member is told by its group what it has lost; its records are handed out no more.
    if (refused !== null && !this.#parts.committer.isMember) throw this.#refused(refused)
  }

  /** The same; returns what was refused. */
  tryAutoCommit(nowMs: number): AssignedPartition[] | null {
    const { autoCommit, autoCommitIntervalMs } = this.#parts.config
    if (!autoCommit) return null
    if (autoCommitIntervalMs > 0) {
      if (nowMs < this.#nextAutoCommitMs) return null
      if (nowMs < Infinity) this.#nextAutoCommitMs = nowMs + autoCommitIntervalMs
    }
    return this.#commitDone()
  }

  /** Tells the group what was handed out one by one. */
  reportPositions(): void {
    for (const assigned of this.#parts.subscription.order) assigned.report()
  }

  /** The same before partitions are given up, whatever is refused: they are given up in any case. */
  commitBeforeLoss(): void {
    if (this.#parts.config.autoCommit) this.#commitDone()
  }

  /** Commits what counts as consumed; returns what was refused. */
  #commitDone(): AssignedPartition[] | null {
    let refused: AssignedPartition[] | null = null
    for (const assigned of this.#parts.subscription.order) {
      const { open, doneOffset } = assigned
      if (open.grant === null || !isAhead(assigned, doneOffset)) continue
      if (!assigned.hasPosition || isPastEnd(assigned, doneOffset)) continue
      if (!open.grant.commit(doneOffset) && !open.isDeleted()) (refused ??= []).push(assigned)
    }
    return refused
  }

  #assertOpen(): void {
    if (!this.#parts.committer.isInListener) this.#parts.lifecycle.assertOpen()
  }

  /** @throws RinglogError INVALID_GROUP_ID. */
  get #groupId(): string {
    const { groupId } = this.#parts.config
    if (groupId !== null) return groupId
    throw new RinglogError(
      'INVALID_GROUP_ID',
      'commits belong to a group: give the consumer a groupId',
    )
  }

  /** Commits; returns what is still to be told of it: metadata. */
  #commit(offsets: OffsetToCommit[] | undefined): CommitDescription[] {
    this.#assertOpen()
    void this.#groupId
    const refusal = this.#parts.committer.refusal()
    if (refusal !== null) throw refusal
    const commits = offsets === undefined ? this.#allHandedOut() : this.#check(offsets)
    const refused: AssignedPartition[] = []
    const descriptions: CommitDescription[] = []
    for (const { assigned, offset, metadata } of commits) {
      // INV-10: what is handed out lies in this consumer's own memory.
      if (assigned.open.grant?.commit(offset) !== true) refused.push(assigned)
      else if (metadata !== undefined) descriptions.push({ ...assigned.at, offset, metadata })
    }
    if (refused.length > 0) throw this.#refused(refused)
    if (offsets === undefined) this.#markAllDone()
    return descriptions
  }

  /** The user has said so: no automatic commit comes back to what an iteration has yielded last. */
  #markAllDone(): void {
    for (const assigned of this.#parts.subscription.order) assigned.markDone()
  }

  #allHandedOut(): CheckedCommit[] {
    return this.#parts.subscription.order
      .filter((assigned) => assigned.hasPosition && isAhead(assigned, assigned.position))
      .map((assigned) => this.#checked(assigned, assigned.position, undefined))
  }

  #check(given: unknown): CheckedCommit[] {
    if (!Array.isArray(given)) {
      throw new RinglogError(
        'INVALID_REQUEST',
        `offsets to commit must be an array of { topic, partition, offset }, got ${show(given)}`,
      )
    }
    const partitions = checkPartitions(given)
    return partitions.map((p, i) => {
      const commit = (given as Array<Partial<OffsetToCommit>>)[i]!
      checkNames(commit)
      const { offset, metadata } = commit
      if (!Number.isSafeInteger(offset) || offset! < 0) {
        throw new RinglogError(
          'INVALID_REQUEST',
          `an offset to commit must be a non-negative safe integer, got ${show(offset)}`,
          { details: { ...p, offset: show(offset) } },
        )
      }
      const isText = typeof metadata === 'string' && metadata.length <= MAX_METADATA_LENGTH
      if (metadata !== undefined && !isText) {
        throw new RinglogError(
          'INVALID_REQUEST',
          `metadata must be a string of at most ${MAX_METADATA_LENGTH} characters, got ${show(metadata)}`,
        )
      }
      return this.#checked(this.#parts.subscription.get(p), offset!, metadata)
    })
  }

  #checked(
    assigned: AssignedPartition,
    offset: number,
    metadata: string | undefined,
  ): CheckedCommit {
    if (!isPastEnd(assigned, offset)) return { assigned, offset, metadata }
    const { at, open } = assigned
    const { endOffset } = open.reader
    throw new RinglogError(
      'INVALID_REQUEST',
      `an offset past the log's end cannot be committed: partition=${partitionName(at.topic, at.partition)}, ` +
        `offset=${offset}, endOffset=${endOffset}`,
      { details: { ...at, offset, endOffset } },
    )
  }

  #refused(refused: readonly AssignedPartition[]): RinglogError {
    const reason = this.#parts.committer.refusal()
    if (reason !== null) return reason
    const deleted = refused.find(({ open }) => open.isDeleted())
    if (deleted !== undefined) return deletedError(deleted.at)
    const partitions = refused.map(({ at }) => ({ ...at }))
    const names = partitions.map(({ topic, partition }) => partitionName(topic, partition))
    return new RinglogError(
      'STALE_MEMBER_EPOCH',
      `group ${this.#groupId} has given ${names.join(', ')} to another consumer: ` +
        'what this one commits there is not accepted any more',
      { details: { groupId: this.#groupId, partitions } },
    )
  }
}

interface CheckedCommit {
  readonly assigned: AssignedPartition
  readonly offset: number
  readonly metadata: string | undefined
}

/**
 * Whether to commit `offset` says more than what is committed already. Only offsets that the user names
 * go back: a seek, or an iteration that was left, does not give to the group again what it has finished.
 */
function isAhead({ open }: AssignedPartition, offset: number): boolean {
  const committed = open.grant?.committed ?? null
  // Where nothing is committed, the group starts again where it started.
  return committed === null ? offset !== open.startOffset : offset > committed
}

/** What was handed out was in the log; all else is looked up. */
function isPastEnd({ currentOffset, open }: AssignedPartition, offset: number): boolean {
  return offset > currentOffset + 1 && offset > open.reader.endOffset
}

/** A record's place with more in it can be named, but not with a field that is nearly one of these. */
function checkNames(commit: object): void {
  for (const name of Object.keys(commit)) {
    const hint = FIELDS.includes(name) ? '' : didYouMean(name, FIELDS)
    if (hint === '') continue
    throw new RinglogError('INVALID_REQUEST', `an offset to commit has no ${name}; ${hint}`)
  }
}
