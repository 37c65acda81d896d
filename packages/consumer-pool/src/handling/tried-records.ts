/**
 * The records of a partition that threads which had it before were handling, and did not finish: how often
 * each was tried.
 */
export interface TriedRecords {
  readonly isEmpty: boolean
  /** `null`: it was not tried before. */
  find(offset: number): Before | null
  /** The records before this offset are committed: no thread gets them again. */
  committed(offset: number): void
}

/** A record that was tried before, in a thread that lost its partition or crashed. */
export interface Before {
  /** How often it was tried. */
  readonly attempts: number
  /** It may have crashed its thread, or kept it busy until the group put the member out. */
  readonly isSuspect: boolean
  /** It was the only one that ran: the crash is its own. */
  readonly isGuilty: boolean
}
