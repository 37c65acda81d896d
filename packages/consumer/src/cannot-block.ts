import { RinglogError } from '@ringlog/core/internal'

/** A call would block the thread, on a log whose answers and records only its event loop brings. */
export function cannotBlock(call: string, inItsPlace: string): RinglogError {
  return new RinglogError(
    'INVALID_STATE',
    `${call} would block this thread, and this log answers through its event loop: await ${inItsPlace} instead`,
  )
}
