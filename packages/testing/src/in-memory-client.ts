import { InMemoryBroker, type InMemoryConfig } from '@ringlog/broker/internal'
import type { Clock, LogClient } from '@ringlog/core/internal'

/**
 * A log in the calling thread, for unit tests: the broker's own controller and partition logs, without a
 * thread. Producers and consumers made on it are the real ones, and so are groups, commits, full rings and
 * errors. It is there in a millisecond, and goes without a trace.
 *
 * The log runs as the event loop of this thread turns. So `pollSync` takes what is there and does not wait;
 * and only this thread can use it: `connect()` finds it here, while other threads and a ConsumerPool are
 * refused. Nothing of it keeps the process alive, but what waits: a pending `poll`, `send`, `close`.
 *
 * @throws RinglogError INVALID_CONFIG that lists every faulty option.
 */
export function inMemoryClient(config?: InMemoryClientConfig): Promise<InMemoryClient> {
  return InMemoryBroker.start(config)
}

/** A client of a log in the calling thread; closing it ends the log. */
export interface InMemoryClient extends LogClient {
  /**
   * Lets producers send what they have buffered, then ends the log; pending polls reject with
   * BROKER_CLOSED. Idempotent.
   *
   * @param options.timeoutMs After that, in time of the process, what could not be sent is failed. Default 30,000.
   * @throws RinglogError INVALID_REQUEST for an option that there is not, or a time that is none.
   */
  close(options?: { timeoutMs?: number | undefined }): Promise<void>
}

/** The configuration of a log in the calling thread. */
export interface InMemoryClientConfig extends InMemoryConfig {
  /**
   * The time of the log, its producers and consumers; default: that of the process. On a `VirtualClock`
   * whatever has a time waits until the test moves it: `lingerMs`, `timeoutMs` of calls, delivery and request
   * timeouts, `maxBlockMs`, `retentionMs`, `maxPollIntervalMs`, `sessionTimeoutMs`, `groupExpiryMs`.
   */
  clock?: Clock | undefined
}
