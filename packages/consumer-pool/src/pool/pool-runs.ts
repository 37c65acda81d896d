import {
  RinglogError,
  clearTimer,
  copyFields,
  engineOf,
  monotonicMs,
  setTimer,
  toHeaderList,
  topicDeleted,
  withHeaders,
  type LogClient,
  type LogEngine,
  type PartitionCount,
  type ProducerRecord,
} from '@ringlog/core/internal'
import { Producer } from '@ringlog/producer'
import { randomUUID } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { RUN_HEADER } from '../handling/dead-letter.ts'
import { PendingRuns } from './pending-runs.ts'
import {
  answerChannelName,
  isRunAnswer,
  type RunAnswer,
  type RunValues,
} from '../wire/thread-message.ts'

/** How long a topic may take to be there: as a producer's `maxBlockMs`. */
const MAX_BLOCK_MS = 60_000
/** How often this looks whether a topic of pending runs was deleted. */
const TOPIC_WATCH_MS = 50

/**
 * The tasks of a pool: produces their records, and resolves each with the answer of the thread that handled it.
 *
 * Thread: the pool's.
 */
export class PoolRuns {
  readonly poolId: string = randomUUID()
  readonly producer: Producer
  readonly #engine: LogEngine
  readonly #pending = new PendingRuns()
  readonly #channel: BroadcastChannel
  readonly #topics = new Map<string, PartitionCount>()
  readonly #toCome = new Map<string, TopicToCome>()
  #watch: NodeJS.Timeout | undefined

  constructor(client: LogClient) {
    this.#engine = engineOf(client)
    this.producer = new Producer(client)
    this.#channel = new BroadcastChannel(answerChannelName(this.poolId))
    this.#channel.addEventListener('message', (event) => {
      const { data } = event as unknown as { data: unknown }
      // Any thread of the process may post to a channel whose name it knows.
      if (isRunAnswer(data)) this.answer(data)
    })
    this.#channel.unref()
  }

  get size(): number {
    return this.#pending.size
  }

  /**
   * Produces the record; returns the answer to come, and a function to call when its caller waits no longer.
   */
  begin(record: ProducerRecord): { answer: Promise<unknown>; forget: () => void } {
    const { topic } = record
    const isKnown = this.#isKnown(topic)
    const { promise: answer, resolve, reject } = Promise.withResolvers<unknown>()
    const runId = this.#pending.add({ topic, resolve, reject })
    const refused = (error: unknown): void => {
      // The producer is not the caller's, and is closed by what closes the pool: its client.
      const isClosed = RinglogError.is(error, 'PRODUCER_CLOSED')
      this.#pending.reject(runId, isClosed ? poolClosed() : error)
    }
    try {
      const own = toHeaderList(record.headers)
      const sent = withHeaders(record, [...own, [RUN_HEADER, `${this.poolId}/${runId}`]])
      const send = (one: ProducerRecord): void => void this.producer.send(one).catch(refused)
      if (isKnown) send(sent)
      else this.#hold(sent, send)
    } catch (error) {
      refused(error)
    }
    this.#watch ??= setTimer(() => this.#look(), TOPIC_WATCH_MS)
    return { answer, forget: () => refused(null) }
  }

  /** Resolves when all records that were given to `begin` are in the log, or have failed. */
  async flush(): Promise<void> {
    await Promise.all([...this.#toCome.values()].map(({ known }) => known))
    await this.producer.flush()
  }

  answer(answer: RunAnswer | RunValues): void {
    this.#pending.answer(answer)
  }

  rejectAll(error: unknown): void {
    for (const { held } of this.#toCome.values()) held.length = 0
    this.#pending.rejectAll(error)
  }

  /** All runs are rejected by now: what is not sent yet is nobody's, and might wait for room for long. */
  async close(): Promise<void> {
    clearTimer(this.#watch)
    this.#watch = undefined
    this.#channel.close()
    await this.producer.close({ timeoutMs: 0 })
  }

  /** Whether the topic exists, by its word; rejects the runs of one that was deleted. */
  #isKnown(topic: string): boolean {
    const word = this.#topics.get(topic)
    if (word?.isDeleted === true) this.#rejectDeleted(topic)
    return this.#topics.has(topic)
  }

  /**
   * Keeps a copy of the record until the topic's metadata is there. INV-42: this has the topic's word before
   * the producer has the record, so that no run waits for a record of a topic that was deleted before.
   */
  #hold(record: ProducerRecord, send: (record: ProducerRecord) => void): void {
    const { topic } = record
    const own = copyOf(record)
    let toCome = this.#toCome.get(topic)
    if (toCome === undefined) {
      toCome = { known: Promise.resolve(), held: [] }
      this.#toCome.set(topic, toCome)
      toCome.known = this.#ask(topic, toCome.held)
    }
    toCome.held.push(() => send(own))
  }

  async #ask(topic: string, held: ReadonlyArray<() => void>): Promise<void> {
    try {
      const deadlineMs = monotonicMs() + MAX_BLOCK_MS
      const { partitions } = await this.#engine.topicMetadata(topic, { deadlineMs })
      this.#topics.set(topic, partitions)
      for (const send of held) send()
    } catch (error) {
      this.#pending.rejectOf(topic, error)
    } finally {
      this.#toCome.delete(topic)
    }
  }

  #look(): void {
    this.#watch = undefined
    // INV-41
    for (const [topic, { isDeleted }] of this.#topics) if (isDeleted) this.#rejectDeleted(topic)
    if (this.size > 0) this.#watch = setTimer(() => this.#look(), TOPIC_WATCH_MS)
  }

  /** Rejects the runs whose record is of a topic that was deleted: no handler will be given it. */
  #rejectDeleted(topic: string): void {
    this.#topics.delete(topic)
    const consequence = ' before run() had an answer: whether the record was handled is not known'
    this.#pending.rejectOf(topic, topicDeleted(topic, undefined, consequence))
  }
}

/** What calls of a pool that is closed reject with. */
export function poolClosed(): RinglogError {
  return new RinglogError('CONSUMER_CLOSED', 'the consumer pool is closed')
}

/** A topic whose metadata is on its way, and the records to produce once it has come. */
interface TopicToCome {
  known: Promise<void>
  readonly held: Array<() => void>
}

/** The same record with bytes of its own: the caller may use its memory again. */
function copyOf(record: ProducerRecord): ProducerRecord {
  const { key, value, headers } = record
  return { ...record, ...copyFields(key ?? null, value, headers) }
}
