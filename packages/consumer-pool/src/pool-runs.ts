import {
  PartitionCountWord,
  RinglogError,
  clearTimer,
  engineOf,
  monotonicMs,
  setTimer,
  toHeaderList,
  type LogClient,
  type LogEngine,
  type ProducerRecord,
} from '@ringlog/core/internal'
import { Producer } from '@ringlog/producer'
import { randomUUID } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { PendingRuns } from './pending-runs.ts'
import { RUN_HEADER, answerChannelName, type RunAnswer } from './thread-message.ts'

/** How long a topic may take to be there: as a producer's `maxBlockMs`. */
const MAX_BLOCK_MS = 60_000
/** How often what is pending is held against what topics were deleted. */
const TOPIC_WATCH_MS = 50

/**
 * The tasks of a pool: produces their records, and gives the answers of whichever thread handled them.
 *
 * Thread: the pool's.
 */
export class PoolRuns {
  readonly poolId: string = randomUUID()
  readonly producer: Producer
  readonly #engine: LogEngine
  readonly #pending = new PendingRuns()
  readonly #channel: BroadcastChannel
  /** `null`: its word is asked for. */
  readonly #topics = new Map<string, PartitionCountWord | null>()
  #watch: NodeJS.Timeout | undefined

  constructor(client: LogClient) {
    this.#engine = engineOf(client)
    this.producer = new Producer(client)
    this.#channel = new BroadcastChannel(answerChannelName(this.poolId))
    this.#channel.addEventListener('message', (event) => {
      this.answer((event as unknown as { data: RunAnswer }).data)
    })
    this.#channel.unref()
  }

  get size(): number {
    return this.#pending.size
  }

  /** Produces the record; returns the answer to come, and what to call when nobody waits for it. */
  begin(record: ProducerRecord): { answer: Promise<unknown>; forget: () => void } {
    this.#follow(record.topic)
    const { promise: answer, resolve, reject } = Promise.withResolvers<unknown>()
    const runId = this.#pending.add({ topic: record.topic, resolve, reject })
    const refused = (error: unknown): void => this.#pending.reject(runId, error)
    try {
      const own = toHeaderList(record.headers)
      const headers = [...own, [RUN_HEADER, `${this.poolId}/${runId}`] as const]
      this.producer.send({ ...record, headers }).catch(refused)
    } catch (error) {
      refused(error)
    }
    return { answer, forget: () => refused(null) }
  }

  answer(answer: RunAnswer): void {
    this.#pending.answer(answer)
  }

  rejectAll(error: unknown): void {
    this.#pending.rejectAll(error)
  }

  async close(): Promise<void> {
    clearTimer(this.#watch)
    this.#watch = undefined
    this.#channel.close()
    await this.producer.close()
  }

  /** Whoever awaits a record of a topic that is deleted is told: no handler will be given it. */
  #follow(topic: string): void {
    const known = this.#topics.get(topic)
    if (known?.isDeleted === true) this.#rejectDeleted(topic)
    if (!this.#topics.has(topic)) void this.#ask(topic)
    this.#watch ??= setTimer(() => this.#look(), TOPIC_WATCH_MS)
  }

  async #ask(topic: string): Promise<void> {
    this.#topics.set(topic, null)
    try {
      const deadlineMs = monotonicMs() + MAX_BLOCK_MS
      const { partitionCountWord } = await this.#engine.topicMetadata(topic, { deadlineMs })
      this.#topics.set(topic, new PartitionCountWord(partitionCountWord))
    } catch (error) {
      this.#topics.delete(topic)
      this.#pending.rejectOf(topic, error)
    }
  }

  #look(): void {
    this.#watch = undefined
    // INV-41
    for (const [topic, word] of this.#topics)
      if (word?.isDeleted === true) this.#rejectDeleted(topic)
    if (this.size > 0) this.#watch = setTimer(() => this.#look(), TOPIC_WATCH_MS)
  }

  #rejectDeleted(topic: string): void {
    this.#topics.delete(topic)
    const error = new RinglogError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `topic ${topic} was deleted before run() had an answer: whether the record was handled is not known`,
      { details: { topic } },
    )
    this.#pending.rejectOf(topic, error)
  }
}
