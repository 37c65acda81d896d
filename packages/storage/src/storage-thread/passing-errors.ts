/** Errors of a write that may go away: no space, no quota, no descriptor for another file. */
const PASSING_ERRORS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])

/** Whether the system's error, by its code, may not come where the same is tried again later. */
export function isPassingError(systemCode: string | null | undefined): boolean {
  return PASSING_ERRORS.has(systemCode ?? '')
}
