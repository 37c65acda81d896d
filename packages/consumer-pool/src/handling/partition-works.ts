import type { Consumer, ConsumerRecords, RebalanceListener } from '@ringlog/consumer'
import {
  RinglogError,
  clearTimer,
  partitionKey,
  partitionName,
  setTimer,
  type TopicPartition,
} from '@ringlog/core/internal'
import { isGone } from './gone.ts'
import type { HandlerContext } from './handler-context.ts'
import type { HandlerTracing } from './handler-tracing.ts'
import type { HandlingOrder } from './keyed-queues.ts'
import { PartitionWork } from './partition-work.ts'

/** The errors of a poll that concern one partition, of which nothing more can be read. */
const PARTITION_ERRORS: ReadonlySet<string> = new Set([
  'PARTITION_OFFLINE',
  'CORRUPT_MESSAGE',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'MESSAGE_TOO_LARGE',
  'KAFKA_STORAGE_ERROR',
])

/** Those of them that pass: the partition is restarted, the disk mended. */
const PASSING_ERRORS: ReadonlySet<string> = new Set(['PARTITION_OFFLINE', 'KAFKA_STORAGE_ERROR'])

/** How long a partition rests after an error that may have passed by then. */
const PASSING_REST_MS = 500

/**
 * What a thread has to do, by partition, as its group gives it partitions and takes them away.
 *
 * Thread: the one that handles records.
 */
export class PartitionWorks implements RebalanceListener {
  /** By partition: what the thread has now. */
  readonly works: Map<string, PartitionWork> = new Map()
  /** By partition: what was lost, while handlers of it still run. */
  readonly #lost = new Map<string, Promise<void>>()
  /** By partition: those that nothing more can be read of, as far as is known. */
  readonly #broken = new Set<string>()
  readonly #parts: PartitionWorksParts

  constructor(parts: PartitionWorksParts) {
    this.#parts = parts
  }

  get all(): PartitionWork[] {
    return [...this.works.values()]
  }

  /** Where records come from can be read. */
  onRecords(records: ConsumerRecords): void {
    if (this.#broken.size === 0) return
    for (const p of records.partitions) this.#broken.delete(partitionKey(p))
  }

  /** Begins no more handlers; resolves when those that run have ended. */
  async giveUp(): Promise<void> {
    const ended = [...this.all.map((work) => work.giveUp()), ...this.#lost.values()]
    this.#parts.letGo()
    await Promise.all(ended)
  }

  /** The answers of the handlers that run do not count any more. */
  abort(reason: unknown): void {
    for (const work of this.works.values()) work.abort(reason)
    this.#parts.letGo()
  }

  /** Pauses partitions with many records that are not finished, and resumes them. */
  limitPending(): void {
    const { consumer, maxPending } = this.#parts
    for (const [key, work] of this.works) {
      if (this.#broken.has(key)) continue
      const { at, pending, isResting } = work
      if (isResting ? pending > maxPending / 2 : pending < maxPending) continue
      work.isResting = !isResting
      if (isResting) consumer.resume([at])
      else consumer.pause([at])
    }
  }

  /**
   * Pauses the partition that the error of a poll concerns, where that is one alone: the thread goes on with
   * the others. One that is offline, or whose disk has failed, it tries again now and then.
   *
   * @returns `null`: the error is of another kind; else whether it is news of the partition.
   */
  setAside(error: unknown): 'news' | 'known' | null {
    if (!RinglogError.is(error) || !PARTITION_ERRORS.has(error.code)) return null
    const { topic, partition } = error.details as Partial<TopicPartition>
    const { consumer } = this.#parts
    const at = consumer.assignment().find((p) => p.topic === topic && p.partition === partition)
    if (at === undefined) return null
    const key = partitionKey(at)
    const isKnown = this.#broken.has(key)
    this.#broken.add(key)
    consumer.pause([at])
    const work = this.works.get(key)
    if (work !== undefined) work.isResting = true
    if (PASSING_ERRORS.has(error.code)) {
      setTimer(() => {
        if (work === undefined || !this.#has(work)) return
        consumer.resume([at])
        work.isResting = false
      }, PASSING_REST_MS).unref()
    }
    return isKnown ? 'known' : 'news'
  }

  async onPartitionsAssigned(partitions: readonly TopicPartition[]): Promise<void> {
    const { consumer, context, order, tracing } = this.#parts
    this.#parts.onAssigned(consumer.assignment())
    const works = partitions.map((p) => {
      return new PartitionWork(p, context, order, this.#lost.get(partitionKey(p)) ?? null)
    })
    await tracing.prepare(works)
    for (const work of works) {
      const key = partitionKey(work.at)
      this.works.set(key, work)
      this.#broken.delete(key)
      if (work.before !== null) this.#limitWait(work, work.before)
      if (this.#parts.isLatest) await this.#commitStart(work)
    }
  }

  /**
   * A handler whose partition was lost, and whose signal is aborted, may ignore that and run for ever. It would
   * block the partition for ever once this thread has it again: no other handler of it may begin before
   * that one has ended.
   */
  #limitWait(work: PartitionWork, before: Promise<void>): void {
    const { maxPollIntervalMs } = this.#parts
    const timer = setTimer(() => {
      if (this.#has(work)) this.#parts.onStuck(stuck(work, maxPollIntervalMs))
    }, maxPollIntervalMs)
    void before.then(() => clearTimer(timer))
  }

  /**
   * Commits where the group starts: `drain` can then tell a partition without new records from one that is
   * behind.
   */
  async #commitStart(work: PartitionWork): Promise<void> {
    const { consumer } = this.#parts
    const { at } = work
    try {
      if ((await consumer.committed(at)) !== null || !this.#has(work)) return
      await consumer.commit([{ ...at, offset: consumer.position(at) }])
    } catch (error) {
      // The thread lost the partition meanwhile: the next poll says so.
      if (!isGone(error)) throw error
    }
  }

  async onPartitionsRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    const works = partitions.flatMap((p) => this.works.get(partitionKey(p)) ?? [])
    const ended = works.map((work) => work.giveUp())
    this.#parts.letGo()
    await Promise.all(ended)
    await this.#parts.commit()
    for (const p of partitions) this.works.delete(partitionKey(p))
  }

  onPartitionsLost(partitions: readonly TopicPartition[]): void {
    for (const p of partitions) {
      const reason = new RinglogError(
        'STALE_MEMBER_EPOCH',
        'the group has given the partition away',
        { details: { ...p } },
      )
      const key = partitionKey(p)
      const work = this.works.get(key)
      if (work === undefined) continue
      this.works.delete(key)
      work.abort(reason)
      const ended = work.giveUp()
      this.#lost.set(key, ended)
      void ended.then(() => {
        if (this.#lost.get(key) === ended) this.#lost.delete(key)
      })
    }
    this.#parts.letGo()
  }

  #has(work: PartitionWork): boolean {
    return this.works.get(partitionKey(work.at)) === work && !this.#parts.stopping.aborted
  }
}

/** How a thread is told that a handler does not end. */
function stuck({ at }: PartitionWork, maxPollIntervalMs: number): RinglogError {
  const { topic, partition } = at
  return new RinglogError(
    'HANDLER_FAILED',
    `a handler of partition=${partitionName(topic, partition)}, which was lost and is back, has not ended ` +
      `for maxPollIntervalMs=${maxPollIntervalMs} although its signal was aborted`,
    { details: { topic, partition, maxPollIntervalMs } },
  )
}

export interface PartitionWorksParts {
  readonly consumer: Consumer
  readonly context: HandlerContext
  readonly order: HandlingOrder
  readonly tracing: HandlerTracing
  /** How many records of a partition may be unfinished here, until it rests. */
  readonly maxPending: number
  readonly maxPollIntervalMs: number
  readonly isLatest: boolean
  readonly stopping: AbortSignal
  /** Commits all that is handled. */
  commit(): Promise<void>
  /** Lets go of what waits, and is not to begin any more. */
  letGo(): void
  onAssigned(partitions: readonly TopicPartition[]): void
  /** A handler does not end, and blocks its partition. */
  onStuck(error: RinglogError): void
}
