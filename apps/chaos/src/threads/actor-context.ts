import type { LogClient } from 'ringlog'
import type { HistoryAddress, HistoryWriter } from '../history/history-writer.ts'
import type { PauseAction } from '../programs/program.ts'

/** What an actor finds in its thread. */
export interface ActorContext {
  readonly client: LogClient
  readonly history: HistoryWriter
  readonly historyAddress: HistoryAddress
  /** How often its thread was started anew: actors have other names then. */
  readonly life: number
  /** Whether the program's time is over. */
  isOver(): boolean
}

/** Waits, or keeps the thread busy. */
export async function pause({ do: manner, ms }: PauseAction): Promise<void> {
  if (manner === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  else await sleep(ms)
}

/** So long an actor goes on without letting its thread's event loop turn. */
const MAX_TURN_MS = 10

/**
 * Lets the event loop turn now and then between calls that do not wait, as users have to: else nothing else in
 * the thread goes on, and nobody is told that the program's time is over.
 */
export class LoopTurns {
  #turnedAtMs = performance.now()

  async pass(): Promise<void> {
    if (performance.now() - this.#turnedAtMs < MAX_TURN_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#turnedAtMs = performance.now()
  }
}

/** The number that an actor's first opening has in a thread's life. */
export function firstOpening(life: number): number {
  return 1_000 * life + 1
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** What ends an actor: there is nothing left that it could do. */
const FINAL_ERRORS: ReadonlySet<string> = new Set([
  'BROKER_CLOSED',
  'BROKER_NOT_AVAILABLE',
  'CONSUMER_CLOSED',
  'PRODUCER_CLOSED',
  'FENCED_MEMBER_EPOCH',
])

export function isFinal(code: string): boolean {
  return FINAL_ERRORS.has(code)
}
