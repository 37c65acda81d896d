import { RinglogError } from '@ringlog/core/internal'
import type { ClusterParts } from './cluster-parts.ts'
import { isLastingError } from './connection/cluster-errors.ts'

/**
 * Waits until the next attempt.
 *
 * @throws RinglogError REQUEST_TIMED_OUT where the deadline comes first; `signal.reason`.
 */
export async function retryDelay(
  { clock, config }: Pick<ClusterParts, 'clock' | 'config'>,
  deadlineMs: number,
  signal: AbortSignal | undefined,
  cause?: unknown,
): Promise<void> {
  signal?.throwIfAborted()
  const leftMs = deadlineMs - clock.nowMs()
  if (leftMs <= 0) {
    if (RinglogError.is(cause)) throw cause
    throw new RinglogError('REQUEST_TIMED_OUT', 'the cluster did not do it in time', { cause })
  }
  await new Promise<void>((resolve, reject) => {
    const end = (): void => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }
    const timer = clock.setTimer(end, Math.min(leftMs, config.retryBackoffMs))
    const onAbort = (): void => {
      clock.clearTimer(timer)
      reject(signal!.reason as Error)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/**
 * Asks what may be asked again, until the deadline: also where a broker was lost, or was not ready.
 *
 * @throws RinglogError what the last attempt failed with; at once what would not pass.
 */
export async function retrying<T>(
  parts: Pick<ClusterParts, 'clock' | 'config'>,
  deadlineMs: number,
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!RinglogError.is(error) || !error.retriable || isLastingError(error)) throw error
      await retryDelay(parts, deadlineMs, undefined, error)
    }
  }
}
