import { MAX_TIMER_MS, RinglogError, clearTimer, setTimer } from '@ringlog/core/internal'

export { checkWaitOptions } from '@ringlog/core/internal'

/** How long to wait for something: as long as it takes, unless limited. */
export interface WaitOptions {
  signal?: AbortSignal
  timeoutMs?: number
}

/**
 * Awaits `work`, but no longer than `options` allow. The work itself goes on.
 *
 * @throws RinglogError REQUEST_TIMED_OUT after `timeoutMs`; `signal.reason` when aborted.
 */
export async function awaitWithin<T>(
  work: Promise<T>,
  what: string,
  { signal, timeoutMs = Infinity }: WaitOptions,
): Promise<T> {
  if (signal === undefined && timeoutMs === Infinity) return work
  // Also where nobody is left to hear of it.
  work.catch(() => undefined)
  signal?.throwIfAborted()
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        onAbort = () => reject(signal!.reason as Error)
        signal?.addEventListener('abort', onAbort, { once: true })
        if (timeoutMs === Infinity) return
        const error = new RinglogError(
          'REQUEST_TIMED_OUT',
          `${what} did not finish in time: timeoutMs=${timeoutMs}`,
        )
        timer = setTimer(() => reject(error), Math.min(timeoutMs, MAX_TIMER_MS))
      }),
    ])
  } finally {
    clearTimer(timer)
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort)
  }
}
