import type { Clock } from '../concurrent/system-clock.ts'
import type { RinglogError } from '../errors/ringlog-error.ts'
import type { ClientReport } from './client-metrics.ts'

/**
 * What Producer and Consumer both need from their surroundings. The broker of this process is one
 * implementation; another log could stand behind the same Producer and Consumer.
 *
 * Thread: the client's. Every call rejects with BROKER_CLOSED once the log is closed.
 */
export interface EngineBase {
  /** For all that a producer or consumer does with time. */
  readonly clock: Clock

  /** The error of every later call, once the client or its broker is closed; else `null`. */
  closedError(): RinglogError | null

  /** Ties a producer or consumer to the client: closing the client closes it. Returns the untying. */
  attach(user: EngineUser): () => void

  /** Keeps the thread alive until the returned function is called: something waits. */
  keepAlive(): () => void
}

export interface EngineCallOptions {
  /** On the engine's clock, as `nowMs` says. */
  deadlineMs?: number
  signal?: AbortSignal | undefined
}

/** A producer or consumer, as its client sees it. */
export interface EngineUser {
  /** Sends out what is buffered; a consumer has nothing to do. */
  drain(deadlineMs: number): Promise<void>
  /** The client is closing: as if the user had called `close`. */
  close(): Promise<void>
  /** The broker is gone: everything pending fails with this error, and every later call. */
  fail(error: RinglogError): void
  /** The poll of a consumer that is under way, or its next, rejects with this. A producer has none. */
  interrupt?(error: unknown): void
  /** A consumer carries out what its group asks, without a poll; resolves when that is done. A producer has none. */
  rebalance?(): Promise<void>
  /** What it tells of itself, when somebody asks the broker for metrics; calls no code of the user's. */
  report?(): ClientReport
}
