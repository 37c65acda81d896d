import { systemClock, type Clock, type ClockTimer } from '../concurrent/system-clock.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'
import { optionsInPlaceOf } from './options.ts'

/** How long a call may wait: as long as it takes, unless limited. */
export interface CallWaitOptions {
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
}

const WAIT_OPTIONS: readonly string[] = ['timeoutMs', 'signal']

/**
 * Checks what a user gave to a call that waits. Allocates nothing: `poll` asks it each time.
 *
 * @param call For the message: `flush()`.
 * @param names The options that the call takes.
 * @throws RinglogError INVALID_REQUEST.
 */
export function checkWaitOptions(
  call: string,
  options: CallWaitOptions,
  names: readonly string[] = WAIT_OPTIONS,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(call, 'options', `an object, such as { ${names[0]}: … }`, options)
  }
  for (const name in options) {
    // A property of a class or a prototype of the user's is no typo.
    if (!names.includes(name) && Object.hasOwn(options, name)) throw unknown(call, name, names)
  }
  const { signal, timeoutMs } = options
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw invalid(call, 'timeoutMs', 'a number of milliseconds of at least 0', timeoutMs)
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw invalid(call, 'signal', 'an AbortSignal', signal)
  }
}

/**
 * Awaits `work`, but no longer than `options` allow. The work itself goes on.
 *
 * @throws RinglogError REQUEST_TIMED_OUT after `timeoutMs`; `signal.reason` when aborted.
 */
export async function awaitWithin<T>(
  work: Promise<T>,
  what: string,
  { signal, timeoutMs = Infinity }: CallWaitOptions,
  clock: Clock = systemClock,
): Promise<T> {
  if (signal === undefined && timeoutMs === Infinity) return work
  // A rejection that comes after the wait has ended must not be unhandled.
  work.catch(() => undefined)
  signal?.throwIfAborted()
  let timer: ClockTimer | null = null
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
          `${what} did not finish in time: timeoutMs=${Math.round(timeoutMs)}`,
        )
        // A thread that was busy takes in what has come before its waits are out of time.
        const onTimer = (): void => clock.setTurnEnd(() => reject(error))
        timer = clock.setTimer(onTimer, timeoutMs)
      }),
    ])
  } finally {
    if (timer !== null) clock.clearTimer(timer)
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort)
  }
}

/** Whether `work` comes to its end before `options` run out; rejects with what it rejects with. */
export async function endsWithin(
  work: Promise<unknown>,
  options: CallWaitOptions,
  clock: Clock = systemClock,
): Promise<boolean> {
  try {
    await awaitWithin(work, 'work', options, clock)
    return true
  } catch (error) {
    const isLate = RinglogError.is(error, 'REQUEST_TIMED_OUT') || options.signal?.aborted === true
    if (isLate) return false
    throw error
  }
}

function unknown(call: string, option: string, names: readonly string[]): RinglogError {
  return new RinglogError(
    'INVALID_REQUEST',
    `${option} is not an option of ${call}; ${optionsInPlaceOf(option, names)}`,
    { details: { option } },
  )
}

function invalid(call: string, option: string, allowed: string, given: unknown): RinglogError {
  return new RinglogError(
    'INVALID_REQUEST',
    `${option} of ${call} must be ${allowed}, got ${show(given)}`,
    { details: { option } },
  )
}
