import type { Consumer, ConsumerRecords, RebalanceListener } from '@ringlog/consumer'
import { RinglogError, partitionKey, setTimer, type TopicPartition } from '@ringlog/core/internal'
import { NO_TOPIC, topicTagOf, type AttemptLedger } from '../wire/attempt-ledger.ts'
import type { HandlerContext } from './handler-context.ts'
import { limitWait } from './limit-wait.ts'
import { PartitionWork, type HandlerQueue } from './partition-work.ts'
import type { RunningHandlers } from '../thread/running-handlers.ts'
import { Suspects } from '../thread/suspects.ts'

/** The errors of a poll that concern one partition, of which nothing more can be read. */
const PARTITION_ERRORS: ReadonlySet<string> = new Set([
  'PARTITION_OFFLINE',
  'CORRUPT_MESSAGE',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'MESSAGE_TOO_LARGE',
])

/** How long a partition that is offline rests: then it may have been restarted. */
const OFFLINE_REST_MS = 500

/** The errors of a call about a partition that the thread lost meanwhile. */
const GONE: ReadonlySet<string> = new Set([
  'INVALID_STATE',
  'STALE_MEMBER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

function isGone(error: unknown): boolean {
  return RinglogError.is(error) && GONE.has(error.code)
}

/**
 * What a thread has to do, by partition, as its group gives it partitions and takes them away.
 *
 * Thread: the pool thread's.
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

  /** Queues records; returns the queues that nothing runs yet. */
  add(records: ConsumerRecords): Array<[PartitionWork, HandlerQueue]> {
    const idle: Array<[PartitionWork, HandlerQueue]> = []
    for (const p of records.partitions) {
      this.#broken.delete(partitionKey(p))
      const work = this.works.get(partitionKey(p))
      if (work === undefined) continue
      for (const record of records.records(p)) {
        const queue = work.add(record)
        if (queue !== null) idle.push([work, queue])
      }
    }
    return idle
  }

  /** Begins no more handlers; resolves when those that run have ended. */
  async giveUp(): Promise<void> {
    await Promise.all([...this.all.map((work) => work.giveUp()), ...this.#lost.values()])
  }

  /** Pauses partitions with many queued records, and resumes them. */
  limitQueues(): void {
    const { consumer, maxQueued } = this.#parts
    const paused = new Set(consumer.paused().map(partitionKey))
    for (const [key, { at, offsets }] of this.works) {
      if (this.#broken.has(key)) continue
      const isPaused = paused.has(key)
      if (!isPaused && offsets.pending >= maxQueued) consumer.pause([at])
      else if (isPaused && offsets.pending <= maxQueued / 2) consumer.resume([at])
    }
  }

  /**
   * Pauses the partition that the error of a poll concerns, where that is one alone: the thread goes on with
   * the others. One that is offline it tries again now and then.
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
    if (error.code === 'PARTITION_OFFLINE') {
      const work = this.works.get(key)
      setTimer(() => {
        if (work !== undefined && this.#has(work)) consumer.resume([at])
      }, OFFLINE_REST_MS).unref()
    }
    return isKnown ? 'known' : 'news'
  }

  async onPartitionsAssigned(partitions: readonly TopicPartition[]): Promise<void> {
    const { consumer, context, ledger, running, isByKey, maxPollIntervalMs } = this.#parts
    this.#parts.onAssigned(consumer.assignment())
    const topicTags = await this.#topicTags(partitions)
    for (const p of partitions) {
      const key = partitionKey(p)
      const before = this.#lost.get(key) ?? null
      const position = this.#positionOf(p)
      // Where it is deleted by now, another topic may have been asked for its id.
      const topicTag = position === null ? NO_TOPIC : topicTags.get(p.topic)!
      const work = new PartitionWork(p, topicTag, context, isByKey, before)
      if (position !== null) {
        work.suspects = Suspects.of(work, position, ledger, (slot) => running.isTaken(slot))
      }
      this.works.set(key, work)
      this.#broken.delete(key)
      if (before !== null) limitWait(work, before, maxPollIntervalMs, () => this.#has(work))
      if (this.#parts.isLatest) await this.#commitStart(work)
    }
  }

  /** By topic; `NO_TOPIC` where it is deleted by now. */
  async #topicTags(partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    const tags = topics.map(async (topic): Promise<[string, number]> => {
      try {
        const { topicId } = await this.#parts.context.client.describeTopic(topic)
        return [topic, topicTagOf(topicId)]
      } catch (error) {
        if (!isGone(error)) throw error
        return [topic, NO_TOPIC]
      }
    })
    return new Map(await Promise.all(tags))
  }

  /** `null`: its topic is deleted. */
  #positionOf(p: TopicPartition): number | null {
    const { consumer } = this.#parts
    try {
      consumer.lag(p)
      return consumer.position(p)
    } catch (error) {
      if (!isGone(error)) throw error
      return null
    }
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
    await Promise.all(works.map((work) => work.giveUp()))
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
  }

  #has(work: PartitionWork): boolean {
    return this.works.get(partitionKey(work.at)) === work && !this.#parts.stopping.aborted
  }
}

export interface PartitionWorksParts {
  readonly consumer: Consumer
  readonly context: HandlerContext
  readonly ledger: AttemptLedger
  readonly running: RunningHandlers
  readonly isByKey: boolean
  /** How many records of a partition may wait here, until it rests. */
  readonly maxQueued: number
  readonly maxPollIntervalMs: number
  readonly isLatest: boolean
  readonly stopping: AbortSignal
  /** Commits all that is handled. */
  commit(): Promise<void>
  onAssigned(partitions: readonly TopicPartition[]): void
}
