import {
  RinglogError,
  awaitWithin,
  checkWaitOptions,
  didYouMean,
  partitionName,
  show,
  type CommitDescription,
  type ConsumerEngine,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { AssignedPartition } from './assigned-partition.ts'
import type { AutoCommits } from './auto-commits.ts'
import type { ResolvedConsumerConfig } from './config.ts'
import type { CurrentOwnership } from './current-ownership.ts'
import { cannotBlock } from './cannot-block.ts'
import { deadlineOf } from './deadline.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { PartitionOffset, QueryOptions } from './offset-queries.ts'
import { deletedError } from './partition-errors.ts'
import { checkPartitions, type SubscriptionState } from './subscription-state.ts'

/**
 * Commits for a consumer with a group: a commit is a store in shared memory that the group's gate lies
 * in, and needs no answer.
 *
 * Thread: the consumer's.
 */
export class OffsetCommits {
  readonly #parts: OffsetCommitsParts

  constructor(parts: OffsetCommitsParts) {
    this.#parts = parts
  }

  /** See `Consumer.commit`. */
  async commit(offsets: OffsetToCommit[] | undefined, options: QueryOptions = {}): Promise<void> {
    checkWaitOptions('commit()', options)
    options.signal?.throwIfAborted()
    const { answers, descriptions, areStored } = this.#commit(offsets)
    const { engine, ownership } = this.#parts
    const { signal } = options
    const deadlineMs = deadlineOf(engine.clock, options)
    if (answers.length > 0)
      await awaitWithin(this.#accepted(answers), 'commit()', options, engine.clock)
    if (descriptions.length === 0 && !areStored) return
    const call = deadlineMs === Infinity ? { signal } : { signal, deadlineMs }
    const { consumerId } = ownership.now
    await Promise.all([
      descriptions.length > 0 &&
        engine.describeCommits(this.#groupId, consumerId, descriptions, call),
      areStored && engine.storeCommits?.(this.#groupId, call),
    ])
  }

  /** See `Consumer.commitSync`. */
  commitSync(offsets: OffsetToCommit[] | undefined): void {
    const { engine, ownership } = this.#parts
    this.#assertOpen()
    void this.#groupId
    if (engine.blocking === 'refused' || engine.blocking === 'polls') {
      throw cannotBlock('commitSync()', 'commit()')
    }
    const { answers, descriptions } = this.#commit(offsets)
    if (answers.length > 0) {
      this.#accepted(answers).catch(() => undefined)
      throw cannotBlock('commitSync()', 'commit()')
    }
    if (descriptions.length === 0) return
    // It is on its way when this returns; the answer could only be read by the event loop.
    engine
      .describeCommits(this.#groupId, ownership.now.consumerId, descriptions)
      .catch(() => undefined)
  }

  /** See `Consumer.committed`. */
  async committed(p: TopicPartition, options: QueryOptions = {}): Promise<number | null> {
    const { engine, subscription } = this.#parts
    this.#assertOpen()
    checkWaitOptions('committed()', options)
    options.signal?.throwIfAborted()
    const [at] = checkPartitions([p])
    const groupId = this.#groupId
    const open = subscription.find(at!)?.open
    const commits = open?.commits ?? null
    if (commits !== null && !commits.isRevoked && open?.isRemote !== true) return commits.committed
    const { signal } = options
    const deadlineMs = deadlineOf(engine.clock, options)
    const call = deadlineMs === Infinity ? { signal } : { signal, deadlineMs }
    return engine.committedOffset(groupId, at!, call)
  }

  /**
   * Commits what counts as consumed, where the configuration wants that, and it is time.
   *
   * @param nowMs On the engine's clock; `Infinity`: it is time in any case.
   * @throws RinglogError STALE_MEMBER_EPOCH when another consumer has assigned a partition to itself.
   */
  autoCommit(nowMs: number): void {
    const { autoCommits, ownership } = this.#parts
    autoCommits.assertAnswered()
    const refused = autoCommits.commitIfDue(nowMs)
    // A member rebalances before this poll hands anything out, and so gives up what it has lost.
    if (refused !== null && !ownership.now.isGroups) throw this.#refused(refused)
  }

  /** Shows the group what was handed out one by one, and commits of it what is done, where it is time. */
  onRecordsGiven(nowMs: number): void {
    this.#parts.autoCommits.commitIfDue(nowMs) // the next poll throws what is refused
    this.reportPositions()
  }

  /** Shows the group what was handed out one by one. */
  reportPositions(): void {
    for (const assigned of this.#parts.subscription.order) assigned.report()
  }

  #assertOpen(): void {
    if (!this.#parts.ownership.now.isInListener) this.#parts.lifecycle.assertOpen()
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

  /** Commits; returns the answers that are still to come, and what is to be kept beside the commits. */
  #commit(offsets: OffsetToCommit[] | undefined): MadeCommits {
    this.#assertOpen()
    void this.#groupId
    const refusal = this.#parts.ownership.now.refusal()
    if (refusal !== null) throw refusal
    const commits = offsets === undefined ? this.#allHandedOut() : this.#check(offsets)
    const refused: AssignedPartition[] = []
    const answers: PendingAnswer[] = []
    const descriptions: CommitDescription[] = []
    for (const { assigned, offset, metadata } of commits) {
      // INV-10: what is handed out lies in this consumer's own memory.
      const { commits: made } = assigned.open
      const answer = made?.commit(offset, metadata) ?? false
      if (answer === false) refused.push(assigned)
      else if (metadata !== undefined && made?.takesMetadata !== true) {
        descriptions.push({ ...assigned.at, offset, metadata })
      }
      if (typeof answer !== 'boolean') answers.push({ assigned, answer })
    }
    if (refused.length > 0) {
      this.#accepted(answers).catch(() => undefined)
      throw this.#refused(refused)
    }
    // The user has said so: no automatic commit comes back to what an iteration has yielded last.
    if (offsets === undefined) {
      for (const assigned of this.#parts.subscription.order) assigned.markDone()
    }
    return { answers, descriptions, areStored: this.#parts.subscription.order.some(isStored) }
  }

  /** Resolves when all of these commits are accepted. */
  async #accepted(answers: readonly PendingAnswer[]): Promise<void> {
    const accepted = await Promise.all(answers.map(({ answer }) => answer))
    const refused = answers.filter((_, i) => !accepted[i]).map(({ assigned }) => assigned)
    if (refused.length > 0) throw this.#refused(refused)
  }

  #allHandedOut(): CheckedCommit[] {
    return this.#parts.subscription.order
      .filter((assigned) => assigned.hasPosition && assigned.isAhead(assigned.position))
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
    if (!assigned.isPastEnd(offset)) return { assigned, offset, metadata }
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
    const reason = this.#parts.ownership.now.refusal()
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

/** An offset to commit: the next one to read, as in Kafka. */
export interface OffsetToCommit extends PartitionOffset {
  /** Kept beside the commit, and shown by `describeGroup`; at most 4,096 characters. */
  metadata?: string | undefined
}

/** What commits work on. */
export interface OffsetCommitsParts {
  readonly engine: ConsumerEngine
  readonly config: ResolvedConsumerConfig
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
  readonly autoCommits: AutoCommits
  readonly ownership: CurrentOwnership
}

const FIELDS = ['topic', 'partition', 'offset', 'metadata']
/** Kafka's `offset.metadata.max.bytes`. */
const MAX_METADATA_LENGTH = 4096

/** A commit whose answer is still to come. */
interface PendingAnswer {
  readonly assigned: AssignedPartition
  readonly answer: Promise<boolean>
}

interface MadeCommits {
  readonly answers: readonly PendingAnswer[]
  readonly descriptions: readonly CommitDescription[]
  /** Whether commits of this consumer outlive the log's process: also those that it has made before. */
  readonly areStored: boolean
}

interface CheckedCommit {
  readonly assigned: AssignedPartition
  readonly offset: number
  readonly metadata: string | undefined
}

function isStored({ open }: AssignedPartition): boolean {
  return open.commits?.areStored === true
}

/** A record's place with more in it can be named, but not with a field that is nearly one of these. */
function checkNames(commit: object): void {
  for (const name of Object.keys(commit)) {
    const hint = FIELDS.includes(name) ? '' : didYouMean(name, FIELDS)
    if (hint === '') continue
    throw new RinglogError('INVALID_REQUEST', `an offset to commit has no ${name}; ${hint}`)
  }
}
