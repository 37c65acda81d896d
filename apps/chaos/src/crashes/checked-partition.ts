import type { EventOf, SessionEvent } from './session-event.ts'

/** What sessions have seen of one partition, held against each other. */
export interface CheckedPartition {
  /** From where on the next session is to say what it finds. */
  readonly from: number
  see(event: Exclude<SessionEvent, EventOf<'complaint'>>): void
  endSession(): void
}

export interface CrashCounts {
  /** How many records were found. */
  records: number
  acknowledged: number
  /** Found, and not acknowledged. */
  unacknowledgedKept: number
  commits: number
  /** How often all files were looked at by Kafka's tool. */
  dumps: number
}
