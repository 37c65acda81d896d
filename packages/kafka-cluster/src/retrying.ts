import { RinglogError } from '@ringlog/core/internal'
import type { ClusterParts } from './cluster-parts.ts'

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
