import {
  RinglogError,
  awaitWithin,
  exponentialBackoffMs,
  type Clock,
  type EngineCallOptions,
} from '@ringlog/core/internal'
import type { BrokerEndpoint } from '../cluster-config.ts'
import { BrokerConnection, type ConnectionParts } from './broker-connection.ts'
import { isLastingError, nameOfEndpoint } from './cluster-errors.ts'

/**
 * One connection to one broker, made on need and made again when it is lost, with backoff. A broker answers what
 * comes on a connection strictly in order, so what waits long has a lane of its own.
 */
export class BrokerLane {
  readonly at: BrokerEndpoint
  readonly #parts: ConnectionParts
  readonly #clock: Clock
  readonly #onOpen: (connection: BrokerConnection) => void
  #connection: BrokerConnection | null = null
  #opening: Promise<BrokerConnection> | null = null
  #failures = 0
  /** Before this time no further attempt is made; what asks meanwhile waits. */
  #nextAttemptMs = 0
  /** The broker has asked for silence until then. */
  #throttledUntilMs = 0
  /** Ends what waits for its time. */
  readonly #pauses = new Set<() => void>()
  #isClosed = false

  constructor(
    at: BrokerEndpoint,
    parts: ConnectionParts,
    clock: Clock,
    onOpen: (connection: BrokerConnection) => void,
  ) {
    this.at = at
    this.#parts = parts
    this.#clock = clock
    this.#onOpen = onOpen
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen === true
  }

  /** Whether the last attempt to connect has failed, and the next is not due. */
  get isBackingOff(): boolean {
    return !this.isOpen && this.#nextAttemptMs > this.#clock.nowMs()
  }

  /** The connection where it can be used at once; else `null`. */
  get ready(): BrokerConnection | null {
    return this.isOpen && this.#throttledUntilMs <= this.#clock.nowMs() ? this.#connection : null
  }

  /**
   * The open connection.
   *
   * @throws RinglogError as `BrokerConnection.open`; REQUEST_TIMED_OUT at the deadline.
   */
  async connection(options: EngineCallOptions): Promise<BrokerConnection> {
    const { deadlineMs = Infinity, signal } = options
    for (;;) {
      const nowMs = this.#clock.nowMs()
      const waitMs = this.isOpen
        ? this.#throttledUntilMs - nowMs
        : this.#opening === null
          ? this.#nextAttemptMs - nowMs
          : 0
      if (waitMs > 0) await this.#within(this.#pause(waitMs), deadlineMs, signal)
      if (this.#isClosed) throw closed(this.at)
      if (this.isOpen && this.#throttledUntilMs <= this.#clock.nowMs()) return this.#connection!
      if (!this.isOpen) {
        if (this.#opening === null && this.#nextAttemptMs > this.#clock.nowMs()) continue
        await this.#within(this.#open(), deadlineMs, signal)
      }
    }
  }

  /** Sends nothing for so long. */
  throttle(forMs: number): void {
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, this.#clock.nowMs() + forMs)
  }

  /** @param sendsRest First sends what was written. */
  close(sendsRest = false): void {
    this.#isClosed = true
    for (const end of this.#pauses) end()
    if (sendsRest) this.#connection?.end()
    else this.#connection?.close()
    this.#connection = null
  }

  /** Resolves after so long, or when the lane is closed. */
  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#clock.clearTimer(timer)
        this.#pauses.delete(end)
        resolve()
      }
      const timer = this.#clock.setTimer(end, waitMs)
      this.#pauses.add(end)
    })
  }

  #open(): Promise<BrokerConnection> {
    this.#opening ??= this.#attempt().finally(() => (this.#opening = null))
    return this.#opening
  }

  async #attempt(): Promise<BrokerConnection> {
    try {
      const connection = await BrokerConnection.open(this.at, this.#parts)
      if (this.#isClosed) {
        connection.close()
        throw closed(this.at)
      }
      this.#failures = 0
      this.#connection = connection
      connection.onceClosed(() => {
        if (this.#connection === connection) this.#connection = null
      })
      this.#onOpen(connection)
      return connection
    } catch (error) {
      this.#failures++
      const { retryBackoffMs } = this.#parts.config
      const random = this.#clock.random()
      this.#nextAttemptMs =
        this.#clock.nowMs() +
        (isLastingError(error as RinglogError)
          ? exponentialBackoffMs(retryBackoffMs, 4, random)
          : exponentialBackoffMs(retryBackoffMs, this.#failures, random))
      throw error
    }
  }

  #within<T>(work: Promise<T>, deadlineMs: number, signal: AbortSignal | undefined): Promise<T> {
    const timeoutMs =
      deadlineMs === Infinity ? Infinity : Math.max(0, deadlineMs - this.#clock.nowMs())
    return awaitWithin(
      work,
      `connecting to broker ${nameOfEndpoint(this.at)}`,
      { timeoutMs, signal },
      this.#clock,
    )
  }
}

function closed(at: BrokerEndpoint): RinglogError {
  return new RinglogError(
    'NETWORK_EXCEPTION',
    `the connection to broker ${nameOfEndpoint(at)} is closed`,
    { details: { broker: nameOfEndpoint(at) } },
  )
}

/** Resolves after so many milliseconds. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(resolve, Math.max(0, delayMs)))
}
