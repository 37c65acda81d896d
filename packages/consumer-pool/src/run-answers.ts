import type { ConsumerRecord } from '@ringlog/consumer'
import { RinglogError, encodeError } from '@ringlog/core/internal'
import { BroadcastChannel, type MessagePort } from 'node:worker_threads'
import { RUN_HEADER, answerChannelName, type RunAnswer } from './thread-message.ts'

/** Tells whoever called `run` what became of its record. */
export class RunAnswers {
  readonly #poolId: string
  readonly #port: MessagePort

  constructor(poolId: string, port: MessagePort) {
    this.#poolId = poolId
    this.#port = port
  }

  resolve(record: ConsumerRecord, value: unknown): void {
    const run = runOf(record)
    if (run === null) return
    try {
      this.#post(run, { type: 'answer', runId: run.runId, value: ownBytes(value), error: null })
    } catch (cause) {
      const error = new RinglogError(
        'INVALID_REQUEST',
        `what a handler returns to run() must be plain data, which can cross threads: ${String(cause)}`,
        { cause },
      )
      this.reject(record, error)
    }
  }

  reject(record: ConsumerRecord, error: unknown): void {
    const run = runOf(record)
    if (run === null) return
    const { runId } = run
    this.#post(run, { type: 'answer', runId, value: undefined, error: encodeError(error) })
  }

  #post({ poolId }: Run, answer: RunAnswer): void {
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
  readonly runId: string
}

function runOf({ headers }: ConsumerRecord): Run | null {
  if (headers.length === 0) return null
  const header = headers.findLast(([name]) => name === RUN_HEADER)
  const [poolId, runId] = header?.[1]?.toString().split('/') ?? []
  return poolId === undefined || runId === undefined ? null : { poolId, runId }
}

/** A view of a part would take all of its buffer along: of a record's value, that of its whole batch. */
function ownBytes(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value
  return value.byteLength < value.buffer.byteLength ? Uint8Array.from(value) : value
}
