import type { TopicPartition } from '@ringlog/core'
import type { HandlerContext } from './handler-context.ts'
import { KeyedQueues, type HandlingOrder, type KeyedQueue } from './keyed-queues.ts'
import { OffsetTracker } from './offset-tracker.ts'
import type { TriedRecords } from './tried-records.ts'

/** What a thread has to do for one partition while it has it. */
export class PartitionWork {
  readonly at: TopicPartition
  /** Records that did not come to an end in the threads that had them before; `null`: none. */
  tried: TriedRecords | null = null
  /**
   * Resolves when the handlers have ended that still run from before this thread lost the partition and got
   * it again: no handler begins earlier. `null`: there are none.
   */
  before: Promise<void> | null
  readonly offsets: OffsetTracker = new OffsetTracker()
  readonly context: HandlerContext
  /** Behind whose records others wait. */
  readonly queues: KeyedQueues
  /** Records that have come, and have neither been given to a handler nor joined a queue. */
  arrived = 0
  /** Whether it rests, because many of its records are not finished. */
  isResting = false
  readonly #abort = new AbortController()
  readonly #givenUp = new AbortController()
  #isGivenUp = false
  #open = 0
  /** Of the open queues, those whose record is not among the offsets. */
  #untracked = 0
  #idle: PromiseWithResolvers<void> | null = null

  constructor(
    at: TopicPartition,
    context: HandlerContext,
    order: HandlingOrder,
    before: Promise<void> | null,
  ) {
    this.at = at
    this.queues = new KeyedQueues(order)
    this.before = before
    void before?.then(() => (this.before = null))
    this.context = { ...context, signal: this.#abort.signal }
  }

  /** Whether no more handlers are to begin. */
  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** Aborted when no more handlers are to begin. */
  get givenUp(): AbortSignal {
    return this.#givenUp.signal
  }

  /** How many of its records are not finished. */
  get pending(): number {
    return this.arrived + this.offsets.pending + this.#untracked
  }

  /** The queue has a record that is not finished at one stretch. */
  open(queue: OpenQueue): void {
    queue.isOpen = true
    this.#open++
    if (!queue.isTracked) this.#untracked++
  }

  /** Another record may begin before that of the queue is finished. */
  track(queue: OpenQueue, offset: number): void {
    if (queue.isOpen) this.#untracked--
    queue.isTracked = true
    this.offsets.add(offset)
  }

  /** The queue has come to its end, or is given up. */
  close(queue: OpenQueue): void {
    this.queues.drop(queue)
    if (queue.isOpen && !queue.isTracked) this.#untracked--
    if (!queue.isOpen || --this.#open > 0) return
    this.#idle?.resolve()
    this.#idle = null
  }

  committed(offset: number): void {
    this.offsets.committed(offset)
    this.tried?.committed(offset)
    if (this.tried?.isEmpty === true) this.tried = null
  }

  /** Begins no more handlers; resolves when those that run have ended. */
  async giveUp(): Promise<void> {
    this.#isGivenUp = true
    this.#givenUp.abort()
    await this.before
    if (this.#open === 0) return
    this.#idle ??= Promise.withResolvers<void>()
    await this.#idle.promise
  }

  /** Begins no more handlers, and aborts the signals of those that run: their answers do not count. */
  abort(reason: unknown): void {
    this.#isGivenUp = true
    this.#givenUp.abort()
    this.#abort.abort(reason)
  }
}

/** A queue as its work sees it: `HandlerQueue`. */
export interface OpenQueue extends KeyedQueue {
  /** Whether the work counts it. */
  isOpen: boolean
  /** Whether its records are among the offsets that are under way. */
  isTracked: boolean
}
