import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'

/** How long a call may wait: as long as it takes, unless limited. */
export interface CallWaitOptions {
  signal?: AbortSignal
  timeoutMs?: number
}

/**
 * Checks what a user gave to a call that waits.
 *
 * @param call For the message: `flush()`.
 * @throws RinglogError INVALID_REQUEST.
 */
export function checkWaitOptions(call: string, options: CallWaitOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw invalid(call, 'options', 'an object', options)
  }
  const { signal, timeoutMs } = options
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw invalid(call, 'timeoutMs', 'a number of milliseconds of at least 0', timeoutMs)
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw invalid(call, 'signal', 'an AbortSignal', signal)
  }
}

function invalid(call: string, option: string, allowed: string, given: unknown): RinglogError {
  return new RinglogError(
    'INVALID_REQUEST',
    `${option} of ${call} must be ${allowed}, got ${show(given)}`,
    { details: { option } },
  )
}
