import { decodeThrown } from '@ringlog/core/internal'
import type { RunAnswer, RunValues } from '../wire/thread-message.ts'

/** The `run` calls of a pool that have no answer yet. */
export class PendingRuns {
  readonly #pending = new Map<number, PendingRun>()
  #count = 0

  get size(): number {
    return this.#pending.size
  }

  add(run: PendingRun): number {
    const runId = ++this.#count
    this.#pending.set(runId, run)
    return runId
  }

  /** A record that is handled twice is answered twice: the second is passed over. */
  answer(answer: RunAnswer | RunValues): void {
    if (answer.type === 'values') {
      for (const [i, runId] of answer.runIds.entries()) {
        this.#take(runId)?.resolve(answer.values[i])
      }
      return
    }
    const { runId, value, error } = answer
    const run = this.#take(runId)
    if (error === null) run?.resolve(value)
    else run?.reject(decodeThrown(error))
  }

  reject(runId: number, error: unknown): void {
    this.#take(runId)?.reject(error)
  }

  rejectOf(topic: string, error: unknown): void {
    for (const [runId, run] of this.#pending) if (run.topic === topic) this.reject(runId, error)
  }

  rejectAll(error: unknown): void {
    for (const runId of this.#pending.keys()) this.reject(runId, error)
  }

  #take(runId: number): PendingRun | undefined {
    const run = this.#pending.get(runId)
    this.#pending.delete(runId)
    return run
  }
}

interface PendingRun {
  readonly topic: string
  resolve(value: unknown): void
  reject(error: unknown): void
}
