/** Kafka's `retry.backoff.max.ms`. */
const MAX_BACKOFF_MS = 1000
const FACTOR = 2
const JITTER = 0.2

/**
 * How long to wait before the next attempt: twice as long each time, up to a second, or to
 * `retryBackoffMs` where that is more.
 *
 * Source: Apache Kafka, `common/utils/ExponentialBackoff.java`, `CommonClientConfigs.java`.
 *
 * @param attempts How many there were: at least 1.
 * @param random From 0 to 1: makes it up to a fifth shorter or longer, so that what failed together
 *   does not come back together. Without one it stays as it is.
 * @param maxMs How long it is at the most, but for that fifth.
 */
export function exponentialBackoffMs(
  retryBackoffMs: number,
  attempts: number,
  random = 0.5,
  maxMs: number = Math.max(retryBackoffMs, MAX_BACKOFF_MS),
): number {
  const plainMs = Math.min(retryBackoffMs * FACTOR ** (attempts - 1), maxMs)
  return plainMs * (1 + JITTER * (2 * random - 1))
}
