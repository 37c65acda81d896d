import {
  LOG_ENGINE,
  READ_NEEDS_LARGER_TARGET,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  listedOffset,
  systemClock,
  type Blocking,
  type ConsumerDoorbell,
  type ConsumerEngine,
  type EngineHolder,
  type LogReader,
  type OpenPartition,
  type PartitionCommits,
  type TopicPartition,
} from '@ringlog/core/internal'
import { batchOf } from './memory-log.ts'

/** A commit that waits for a test to answer it. */
export interface PendingCommit {
  readonly offset: number
  accept(): void
  refuse(): void
  fail(error: Error): void
}

/** A log of batches of one record each, in an array: no memory is shared, and each batch has one offset. */
export class PlainLog {
  readonly at: TopicPartition = { topic: 't', partition: 0 }
  /** What the log was asked for, in order. */
  readonly calls: string[] = []
  /** Commits that are not answered yet. */
  readonly pending: PendingCommit[] = []
  /** What consumers are made on. */
  readonly client: EngineHolder<ConsumerEngine>
  readonly #batches: Uint8Array[] = []
  #doorbell: ConsumerDoorbell | null = null

  constructor({ blocking = 'refused' }: { blocking?: Blocking } = {}) {
    this.client = { [LOG_ENGINE]: this.#engine(blocking) }
  }

  append(value: string): void {
    const batch = batchOf([{ value }])
    new DataView(batch.buffer).setBigInt64(0, BigInt(this.#batches.length)) // the base offset
    this.#batches.push(batch)
    this.#doorbell?.ring()
  }

  #engine(blocking: Blocking): ConsumerEngine {
    const opened = (): OpenPartition => ({
      ...this.at,
      reader: this.#reader(),
      startOffset: 0,
      heldOffset: null,
      commits: this.#commits(),
      release: () => undefined,
      isOffline: () => false,
      isDeleted: () => false,
    })
    return {
      clock: systemClock,
      blocking,
      closedError: () => null,
      noticeEnd: () => undefined,
      attach: () => () => undefined,
      keepAlive: () => () => undefined,
      openPartitions: async ({ doorbell }) => {
        this.#doorbell = doorbell
        return [opened()]
      },
      closePartitions: async (_, partitions) => {
        if (partitions.length > 0) this.calls.push('close')
      },
      listOffsets: async (partitions, at) =>
        Promise.all(partitions.map(() => listedOffset(this.#reader(), at))),
      joinGroup: async ({ memberId, doorbell }) => {
        this.#doorbell = doorbell
        const unchanged = { granted: [], toRelease: [] }
        return {
          membership: {
            memberId,
            hasChanged: false,
            fence: null,
            beat: () => undefined,
            beginWaiting: () => undefined,
            reconcile: async () => unchanged,
            changeSubscription: async () => unchanged,
            leave: async () => void this.calls.push('leave'),
          },
          change: { granted: [opened()], toRelease: [] },
        }
      },
      committedOffset: async () => null,
      describeCommits: async () => void this.calls.push('describe'),
    }
  }

  #reader(): LogReader {
    const batches = this.#batches
    return {
      logStartOffset: 0,
      deletedBefore: 0,
      get endOffset() {
        return batches.length
      },
      availableBytes: (offset) => batches[offset]?.length ?? 0,
      load: () => Promise.resolve(),
      loadSync: () => true,
      findByTimestamp: () => null,
      close: () => undefined,
      read: (offset, target, result) => {
        const batch = batches[offset]
        if (batch === undefined) {
          result.status = offset === batches.length ? READ_NOTHING_NEW : READ_OUT_OF_RANGE
        } else if (batch.length > target.length) {
          result.status = READ_NEEDS_LARGER_TARGET
          result.requiredBytes = batch.length
        } else {
          target.set(batch)
          result.status = READ_OK
          result.copiedBytes = batch.length
          result.nextOffset = offset + 1
        }
      },
    }
  }

  /** Commits that a test answers. */
  #commits(): PartitionCommits {
    let committed: number | null = null
    return {
      get committed() {
        return committed
      },
      isRevoked: false,
      report: () => undefined,
      commit: (offset) => {
        this.calls.push(`commit ${offset}`)
        const { promise, resolve, reject } = Promise.withResolvers<boolean>()
        this.pending.push({
          offset,
          accept: () => {
            committed = offset
            resolve(true)
          },
          refuse: () => resolve(false),
          fail: reject,
        })
        return promise
      },
    }
  }
}
