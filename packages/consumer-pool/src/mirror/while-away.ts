import { RinglogError, clearTimer, setTimer, type RinglogErrorCode } from '@ringlog/core/internal'

/** How long a log that is away is left in peace. */
const AGAIN_MS = 1_000

/** Nobody of a cluster is there, or answers. */
const AWAY_CODES: ReadonlySet<RinglogErrorCode> = new Set([
  'BROKER_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
])

/**
 * Does what needs a log that may be away, and again as long as that is.
 *
 * @param stopping Aborted: it is not waited for any more.
 * @throws What it fails with for another reason, or when it is not waited for any more.
 */
export async function whileAway(work: () => Promise<void>, stopping: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (stopping.aborted || !isAway(error)) throw error
    }
    await pause(stopping)
  }
}

function isAway(error: unknown): boolean {
  if (!RinglogError.is(error) || !AWAY_CODES.has(error.code)) return false
  return error.details['isLasting'] !== true // what waiting does not mend
}

/** Resolves after a while, or as soon as nobody waits any more. */
function pause(stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimer(timer)
      stopping.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimer(end, AGAIN_MS)
    stopping.addEventListener('abort', end)
    if (stopping.aborted) end()
  })
}
