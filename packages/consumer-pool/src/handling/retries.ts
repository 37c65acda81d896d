import type { ConsumerRecord } from '@ringlog/consumer'
import {
  RinglogError,
  describeThrown,
  exponentialBackoffMs,
  partitionName,
  type Clock,
} from '@ringlog/core/internal'
import type { RecordMetadata, ProducerRecord } from '@ringlog/core'
import { deadLetter } from './dead-letter.ts'

/**
 * How often a record is tried, how long is waited in between, and what becomes of it when no attempt is
 * left.
 */
export class Retries {
  readonly #config: RetryConfig
  readonly #clock: Clock
  readonly #send: (record: ProducerRecord) => Promise<RecordMetadata>

  constructor(
    config: RetryConfig,
    clock: Clock,
    send: (record: ProducerRecord) => Promise<RecordMetadata>,
  ) {
    this.#config = config
    this.#clock = clock
    this.#send = send
  }

  /** Whether there is another attempt after so many. */
  allows(attempts: number): boolean {
    return attempts < this.#config.maxAttempts
  }

  /** Waits for the next attempt; not to the end when one of the signals says that there will be none. */
  async backoff(attempts: number, signals: readonly AbortSignal[]): Promise<void> {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#config
    const clock = this.#clock
    const waitMs = exponentialBackoffMs(retryBackoffMs, attempts, clock.random(), retryBackoffMaxMs)
    if (signals.some(({ aborted }) => aborted)) return
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clock.clearTimer(timer)
        for (const signal of signals) signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = clock.setTimer(end, waitMs)
      for (const signal of signals) signal.addEventListener('abort', end)
    })
  }

  /**
   * Sends a record without an attempt left to the dead letter topic.
   *
   * @throws RinglogError HANDLER_FAILED without a dead letter topic, or when it does not take it.
   */
  async bury(record: ConsumerRecord, attempts: number, error: unknown): Promise<void> {
    const { deadLetterTopic } = this.#config
    if (deadLetterTopic === null) throw exhausted(record, attempts, error)
    try {
      await this.#send(deadLetter(deadLetterTopic, record, error))
    } catch (refusal) {
      const why = `dead letter topic ${deadLetterTopic} did not take the record: ${describeThrown(refusal)}`
      throw exhausted(record, attempts, error, `, and ${why}`)
    }
  }
}

export interface RetryConfig {
  readonly maxAttempts: number
  readonly retryBackoffMs: number
  /** How long the longest wait is, but for a fifth that chance adds or takes away. */
  readonly retryBackoffMaxMs: number
  /** `null`: a record without an attempt left ends the loop. */
  readonly deadLetterTopic: string | null
}

/** What ends a loop whose record has no attempt left. */
export function exhausted(
  { topic, partition, offset }: ConsumerRecord,
  attempts: number,
  cause: unknown,
  more = '',
): RinglogError {
  return new RinglogError(
    'HANDLER_FAILED',
    (attempts === 0
      ? `the handler was not called with partition=${partitionName(topic, partition)}, offset=${offset}: `
      : `the handler failed on partition=${partitionName(topic, partition)}, offset=${offset} after ` +
        `attempts=${attempts}: `) + `${describeThrown(cause)}${more}`,
    { cause, details: { topic, partition, offset, attempts } },
  )
}
