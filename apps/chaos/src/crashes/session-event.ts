/**
 * What a process that is about to be killed has seen: a line of JSON each, written to a file at once, so that
 * whatever stands there has happened before the kill.
 */
export type SessionEvent =
  /** The session serves: what it found in the log of a partition, from `from` on, in order. */
  | { type: 'found'; partition: number; from: number; names: string[] }
  /** All that lies in the log was found. */
  | { type: 'foundAll'; partition: number }
  /** Where a partition's log began and ended when the session began, and what the group had committed. */
  | { type: 'began'; partition: number; start: number; end: number; committed: number | null }
  /** A record was given to `send`. */
  | { type: 'sent'; partition: number; name: string }
  | { type: 'acknowledged'; partition: number; offset: number; name: string }
  /** The group was handed records up to this offset, inclusive. */
  | { type: 'handed'; partition: number; first: number; last: number }
  | { type: 'committing'; partition: number; offset: number }
  | { type: 'committed'; partition: number; offset: number }
  /** All before this offset was deleted. */
  | { type: 'deleted'; partition: number; offset: number }
  /** Something that must not be. */
  | { type: 'complaint'; message: string }

export type EventOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>

/** What a session is started with. */
export interface SessionTask {
  readonly dataDirectory: string
  /** The file that the session tells in. */
  readonly eventsFile: string
  readonly session: number
  readonly seed: number
  readonly partitions: number
  /** The options of the topic: given when it is made. */
  readonly flushMessages: number | null
  /** Whether old records are deleted: by `deleteRecords`, and by the topic's `retentionBytes`. */
  readonly deletes: boolean
  /** Whether the topic is compacted. */
  readonly compacts: boolean
  /** By partition: from where on the session says what it finds. */
  readonly from: readonly number[]
}

/** The message of a session whose producers and group are at work; `COMMITTED`: its group has committed once. */
export const READY = 'ready'
export const COMMITTED = 'committed'

export const CRASH_TOPIC = 'crashes'
export const CRASH_GROUP = 'group'

const KEYS = 40

/** The key of a record, by its name. */
export function keyOf(name: string): number {
  return Number(name.split('.')[2]) % KEYS
}
