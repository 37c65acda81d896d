import type { ConsumerRecord } from '@ringlog/consumer'
import { FifoQueue, type TopicPartition } from '@ringlog/core/internal'
import { tagOf, type PartitionTags } from '../wire/attempt-ledger.ts'
import type { HandlerContext } from './handler-context.ts'
import { OffsetTracker } from './offset-tracker.ts'
import type { Suspects } from '../thread/suspects.ts'

const NO_SLOT = -1

/** What a thread has to do for one partition while it has it. */
export class PartitionWork implements PartitionTags {
  readonly at: TopicPartition
  /** Stands for the partition in the ledger. */
  readonly tag: number
  readonly topicTag: number
  /** Records that did not come to an end in the threads that had them before; `null`: none. */
  suspects: Suspects | null = null
  /**
   * Resolves when the handlers have ended that still run from before this thread lost the partition and got
   * it again: no handler begins earlier. `null`: there are none.
   */
  before: Promise<void> | null
  readonly offsets: OffsetTracker = new OffsetTracker()
  readonly context: HandlerContext
  readonly #abort = new AbortController()
  readonly #queues = new Map<string, HandlerQueue>()
  readonly #isByKey: boolean
  readonly #givenUp = new AbortController()
  #idle: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null

  constructor(
    at: TopicPartition,
    topicTag: number,
    context: HandlerContext,
    isByKey: boolean,
    before: Promise<void> | null,
  ) {
    this.at = at
    this.tag = tagOf(at)
    this.topicTag = topicTag
    this.before = before
    void before?.then(() => (this.before = null))
    this.context = { ...context, signal: this.#abort.signal }
    this.#isByKey = isByKey
  }

  /** Whether no more handlers are to begin. */
  get isGivenUp(): boolean {
    return this.#givenUp.signal.aborted
  }

  /** Aborted when no more handlers are to begin. */
  get givenUp(): AbortSignal {
    return this.#givenUp.signal
  }

  /** Queues a record; returns its queue if nothing runs it yet. */
  add(record: ConsumerRecord): HandlerQueue | null {
    this.offsets.add(record.offset)
    const key = this.#queueKeyOf(record)
    let queue = this.#queues.get(key)
    if (queue === undefined) {
      queue = { key, records: new FifoQueue(), isRunning: false, slot: NO_SLOT }
      this.#queues.set(key, queue)
    }
    queue.records.push(record)
    return queue.isRunning || queue.records.length > 1 ? null : queue
  }

  committed(offset: number): void {
    this.offsets.committed(offset)
    this.suspects?.committed(offset)
    if (this.suspects?.isEmpty === true) this.suspects = null
  }

  /** The queue is empty, or is given up. */
  leave(queue: HandlerQueue): void {
    this.#queues.delete(queue.key)
    if (this.#queues.size > 0) return
    this.#idle?.resolve()
    this.#idle = null
  }

  /** Begins no more handlers; resolves when those that run have ended. */
  async giveUp(): Promise<void> {
    this.#givenUp.abort()
    await this.before
    if (this.#queues.size === 0) return
    this.#idle ??= Promise.withResolvers<void>()
    await this.#idle.promise
  }

  /** Begins no more handlers, and aborts the signals of those that run: their answers do not count. */
  abort(reason: unknown): void {
    this.#givenUp.abort()
    this.#abort.abort(reason)
  }

  /** A record without a key has no order to keep, so it gets a queue of its own. */
  #queueKeyOf({ key, offset }: ConsumerRecord): string {
    if (!this.#isByKey) return ''
    return key === null ? `offset ${offset}` : `key ${key.toString('latin1')}`
  }
}

/** Records that handlers are given one after the other: of a partition, or of a key of it. */
export interface HandlerQueue {
  readonly key: string
  /** A record keeps the memory of its whole batch alive: handled ones do not stay here. */
  readonly records: FifoQueue<ConsumerRecord>
  isRunning: boolean
  /** The slot of the ledger that has the records being handled. */
  slot: number
}
