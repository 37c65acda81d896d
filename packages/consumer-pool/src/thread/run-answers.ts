import type { ConsumerRecord } from '@ringlog/consumer'
import { hasHeaders } from '@ringlog/consumer/internal'
import { RinglogError, describeThrown, encodeThrown, monotonicMs } from '@ringlog/core/internal'
import { BroadcastChannel, type MessagePort } from 'node:worker_threads'
import { RUN_HEADER } from '../handling/dead-letter.ts'
import type { RecordAnswers } from '../handling/record-outcomes.ts'
import { answerChannelName, type RunAnswer, type RunValues } from '../wire/thread-message.ts'

/** Handlers that take as long as this have their answers posted one by one. */
const MAX_WAIT_MS = 0.25

/**
 * Answers the calls of `run`, in whichever thread they were made.
 *
 * Answers of records that are handled at one stretch travel in one message: posting and receiving one
 * costs several microseconds. An answer that the handler could change afterwards is posted at once, which
 * copies it.
 */
export class RunAnswers implements RecordAnswers {
  readonly #poolId: string
  readonly #port: MessagePort
  #runIds: number[] = []
  #values: unknown[] = []
  #postedMs = 0

  constructor(poolId: string, port: MessagePort) {
    this.#poolId = poolId
    this.#port = port
  }

  resolve(record: ConsumerRecord, value: unknown): void {
    const run = runOf(record)
    if (run === null) return
    const { poolId, runId } = run
    if (poolId === this.#poolId && isConstant(value)) return this.#add(runId, value)
    try {
      this.#post(poolId, { type: 'answer', runId, value: ownBytes(value), error: null })
    } catch (cause) {
      const error = new RinglogError(
        'INVALID_REQUEST',
        `what a handler returns to run() must be plain data, which can cross threads: ${describeThrown(cause)}`,
        { cause },
      )
      this.reject(record, error)
    }
  }

  reject(record: ConsumerRecord, error: unknown): void {
    const run = runOf(record)
    if (run === null) return
    const { poolId, runId } = run
    this.#post(poolId, { type: 'answer', runId, value: undefined, error: encodeThrown(error) })
  }

  /** Posts an answer with others: those of the handlers that run at one stretch, or within a while. */
  #add(runId: number, value: unknown): void {
    this.#runIds.push(runId)
    this.#values.push(value)
    if (monotonicMs() - this.#postedMs >= MAX_WAIT_MS) this.#postValues()
    else if (this.#runIds.length === 1) process.nextTick(() => this.#postValues())
  }

  #postValues(): void {
    if (this.#runIds.length === 0) return
    const values: RunValues = { type: 'values', runIds: this.#runIds, values: this.#values }
    this.#runIds = []
    this.#values = []
    this.#port.postMessage(values)
    this.#postedMs = monotonicMs()
  }

  #post(poolId: string, answer: RunAnswer): void {
    if (poolId === this.#poolId) {
      this.#port.postMessage(answer)
      return
    }
    const channel = new BroadcastChannel(answerChannelName(poolId))
    try {
      channel.postMessage(answer)
    } finally {
      channel.close()
    }
  }
}

interface Run {
  readonly poolId: string
  readonly runId: number
}

function runOf(record: ConsumerRecord): Run | null {
  if (!hasHeaders(record)) return null
  const header = record.headers.findLast(([name]) => name === RUN_HEADER)
  const text = header?.[1]?.toString('latin1') ?? ''
  const end = text.indexOf('/')
  return end < 0 ? null : { poolId: text.slice(0, end), runId: Number(text.slice(end + 1)) }
}

/** Whether the value cannot be changed. */
function isConstant(value: unknown): boolean {
  if (value === null) return true
  return typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol'
}

/** A view of a part would take all of its buffer along: of a record's value, that of its whole batch. */
function ownBytes(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value
  return value.byteLength < value.buffer.byteLength ? Uint8Array.from(value) : value
}
