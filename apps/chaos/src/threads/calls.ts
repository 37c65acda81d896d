import { RinglogError } from 'ringlog'
import type { HistoryWriter } from '../history/history-writer.ts'

/** How much later than its own limit a call may end on a machine that is busy with other things. */
export const SLACK_MS = 30_000

export type Outcome<T> =
  | { readonly kind: 'answered'; readonly value: T; readonly since: number }
  | { readonly kind: 'failed'; readonly code: string; readonly since: number }
  /** Its deadline has passed: the actor that made it gives up. */
  | { readonly kind: 'stuck'; readonly since: number }

export class StuckCall extends Error {
  constructor(name: string) {
    super(`${name} has not ended by its deadline`)
    this.name = 'StuckCall'
  }
}

/** What a thread's user code throws on purpose. */
export class PlannedFailure extends Error {
  constructor() {
    super('thrown on purpose')
    this.name = 'PlannedFailure'
  }
}

export function errorCode(error: unknown): string {
  if (RinglogError.is(error)) return error.code
  return error instanceof Error ? error.name : typeof error
}

/** An error in words, with what caused it; where that is no error of Ringlog's, with its stack. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  const message = RinglogError.is(error) ? error.message : (error.stack ?? error.message)
  return cause === undefined
    ? message
    : `${message}; caused by ${errorCode(cause)}: ${errorMessage(cause)}`
}

/** Makes the calls of one actor, and writes down when each began and how it ended. */
export class Calls {
  readonly history: HistoryWriter
  readonly actor: string
  #count = 0

  constructor(history: HistoryWriter, actor: string) {
    this.history = history
    this.actor = actor
  }

  /**
   * @param limitMs How long it may take by its own limits.
   * @throws StuckCall when the deadline has passed.
   */
  async make<T>(name: string, limitMs: number, call: () => Promise<T>): Promise<Outcome<T>> {
    const outcome = await this.attempt(name, limitMs, call)
    if (outcome.kind === 'stuck') throw new StuckCall(name)
    return outcome
  }

  async attempt<T>(name: string, limitMs: number, call: () => Promise<T>): Promise<Outcome<T>> {
    const since = this.history.now()
    const ended = this.#begin(name, limitMs + SLACK_MS)
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<'stuck'>((resolve) => {
      timer = setTimeout(resolve, limitMs + SLACK_MS, 'stuck')
    })
    try {
      const settled = call().then((value) => ({ value }))
      const first = await Promise.race([settled, deadline])
      if (first === 'stuck') return { kind: 'stuck', since }
      ended(null)
      return { kind: 'answered', value: first.value, since }
    } catch (error) {
      ended(error)
      return { kind: 'failed', code: errorCode(error), since }
    } finally {
      clearTimeout(timer)
    }
  }

  /** A call that blocks its thread. */
  makeSync<T>(name: string, limitMs: number, call: () => T): Outcome<T> {
    const since = this.history.now()
    const ended = this.#begin(name, limitMs + SLACK_MS)
    try {
      const value = call()
      ended(null)
      return { kind: 'answered', value, since }
    } catch (error) {
      ended(error)
      return { kind: 'failed', code: errorCode(error), since }
    }
  }

  #begin(name: string, deadlineMs: number): (error: unknown) => void {
    const { history, actor } = this
    const call = `${history.thread}/${actor}/${++this.#count}`
    history.write({ type: 'began', actor, call, name, deadlineMs })
    return (error) => {
      const ended = { type: 'ended', actor, call, name } as const
      if (error === null) history.write({ ...ended, error: null })
      else {
        history.write({ ...ended, error: errorCode(error), message: errorMessage(error) })
      }
    }
  }
}
