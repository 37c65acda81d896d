import { RinglogError, clearTimer, setTimer } from '@ringlog/core/internal'

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
  { signal, timeoutMs }: WaitOptions,
): Promise<T> {
  if (signal === undefined && timeoutMs === undefined) return work
  signal?.throwIfAborted()
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        onAbort = () => reject(signal!.reason as Error)
        signal?.addEventListener('abort', onAbort, { once: true })
        if (timeoutMs === undefined) return
        const error = new RinglogError(
          'REQUEST_TIMED_OUT',
          `${what} did not finish in time: timeoutMs=${timeoutMs}`,
        )
        timer = setTimer(() => reject(error), timeoutMs)
      }),
    ])
  } finally {
    clearTimer(timer)
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort)
  }
}
