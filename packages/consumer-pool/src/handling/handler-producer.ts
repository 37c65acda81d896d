import {
  LOG_ENGINE,
  RinglogError,
  engineOf,
  monotonicMs,
  type EngineHolder,
  type LogClient,
  type LogEngine,
  type ProducerRecord,
  type TopicPartition,
} from '@ringlog/core/internal'
import { Producer, type RecordWriter } from '@ringlog/producer'
import { firstLossOf, isFlushed } from '@ringlog/producer/internal'
import { layerOver } from './engine-layer.ts'
import { overlay, refusal } from './handler-guard.ts'

/** Kafka's `max.block.ms`: how long a topic may take to be there. */
const TOPIC_TIMEOUT_MS = 60_000
/** As long as it takes: slow consumers downstream hold the handlers up, and are no failure. */
const ROOM_TIMEOUT_MS = 2 ** 31 - 1

/**
 * A thread's producer, as handlers have it. Where there is no room for what they write, handlers are held
 * up: the thread begins no other one, and their records wait for room in a full ring without a limit.
 */
export class HandlerProducer extends Producer {
  #isCongested = false
  #mayClose = false

  constructor(client: LogClient, clientId: string) {
    super(withTopicTimeout(client), {
      clientId,
      maxBlockMs: ROOM_TIMEOUT_MS,
      deliveryTimeoutMs: ROOM_TIMEOUT_MS,
    })
  }

  /** Whether the next handler is to wait: `whenNotCongested`. */
  get isCongested(): boolean {
    return this.#isCongested
  }

  /** Whether `settle` would wait for nothing, and reject with nothing. */
  get isSettled(): boolean {
    return isFlushed(this) && firstLossOf(this) === null
  }

  /**
   * Resolves when all is in the log that was written.
   *
   * @throws RinglogError why something is not: also where `flush` has rejected with it, which may have been called by
   *   another handler than the one that wrote it.
   */
  async settle(): Promise<void> {
    await this.flush()
    const loss = firstLossOf(this)
    if (loss !== null) throw loss
  }

  override write(record: ProducerRecord): boolean {
    const hasRoom = super.write(record)
    if (!hasRoom) this.#isCongested = true
    return hasRoom
  }

  override writer(to: string | TopicPartition): RecordWriter {
    const writer = super.writer(to)
    return {
      topic: writer.topic,
      partition: writer.partition,
      write: (value, key) => {
        const hasRoom = writer.write(value, key)
        if (!hasRoom) this.#isCongested = true
        return hasRoom
      },
      drained: (options) => writer.drained(options),
    }
  }

  async whenNotCongested(): Promise<void> {
    while (this.#isCongested) {
      await this.drained()
      this.#isCongested = false
    }
  }

  /** See `HandlerContext.produce`. */
  async produce(record: ProducerRecord): Promise<void> {
    for (;;) {
      try {
        if (!this.write(record)) await this.drained()
        return
      } catch (error) {
        if (!isOutOfMemory(error)) throw error
        await this.drained()
      }
    }
  }

  /**
   * Waits for room after a handler has failed for want of memory; `false`: it has failed of something else.
   */
  async waitAfter(error: unknown): Promise<boolean> {
    if (!isOutOfMemory(error)) return false
    await this.drained()
    return true
  }

  /** Lets `close` close the producer: before this, a handler that calls it changes nothing. */
  letClose(): void {
    this.#mayClose = true
  }

  override async close(options?: Parameters<Producer['close']>[0]): Promise<void> {
    if (!this.#mayClose) throw refusal('context.producer.close()')
    await super.close(options)
  }
}

function isOutOfMemory(error: unknown): boolean {
  return RinglogError.is(error, 'BUFFER_FULL') && 'bufferMemoryBytes' in error.details
}

/** The same client, with less patience for topics that do not exist than for room in those that do. */
function withTopicTimeout(client: LogClient): LogClient {
  const engine = engineOf(client)
  const topicMetadata: LogEngine['topicMetadata'] = (topic, options) =>
    engine.topicMetadata(topic, {
      ...options,
      deadlineMs: Math.min(options.deadlineMs ?? Infinity, monotonicMs() + TOPIC_TIMEOUT_MS),
    })
  const holder: EngineHolder = { [LOG_ENGINE]: layerOver(engine, { topicMetadata }) }
  return overlay(client, holder as Partial<LogClient>)
}
