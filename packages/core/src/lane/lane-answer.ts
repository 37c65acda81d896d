import { NONE } from '../record/record-batch-format.ts'
import type { RinglogError } from '../errors/ringlog-error.ts'

/** The batch is in the log. */
export const ANSWER_APPENDED = 1
/** The batch was refused, and is not in the log. */
export const ANSWER_REFUSED = 2
/** The batch came behind one that was refused: the worker passed over it, and it is not in the log. */
export const ANSWER_BEHIND_REFUSED = 3

export type LaneOutcome =
  typeof ANSWER_APPENDED | typeof ANSWER_REFUSED | typeof ANSWER_BEHIND_REFUSED

export function isLaneOutcome(value: number): value is LaneOutcome {
  return value >= ANSWER_APPENDED && value <= ANSWER_BEHIND_REFUSED
}

/** What became of a batch; written to by `LaneWriter.readAnswer`, so that reading allocates nothing. */
export class LaneAnswer {
  outcome: LaneOutcome = ANSWER_APPENDED
  /** Offset of the batch's first record; -1 where it was not appended. */
  baseOffset: number = NONE
  /** The time of the append where the topic stamps records itself; else -1. */
  logAppendTimeMs: number = NONE
  /** Why the batch was refused, whole, with its details; `null` for any other outcome. */
  error: RinglogError | null = null
}
