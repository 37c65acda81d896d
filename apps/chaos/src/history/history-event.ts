import type { FaultAction, Program } from '../programs/program.ts'

/**
 * What a history is made of: one event a line, as JSON. Whoever saw it wrote it down in its own thread;
 * `order` is one count for all threads, so an event that was written down before another began has the
 * smaller one.
 */
export type HistoryEvent = EventStamp & HistoryFact

export interface EventStamp {
  readonly order: number
  /** Since the program began. */
  readonly atMs: number
  readonly thread: string
}

export interface OffsetAt {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Who did it: a producer, a consumer; with a number that rises whenever it is opened anew. */
interface ByActor {
  readonly actor: string
}

export type HistoryFact =
  | { readonly type: 'program'; readonly program: Program }
  | ThreadFact
  | ProcessFact
  | CallBegan
  | CallEnded
  | RecordFact
  | ConsumerFact
  | OffsetFact
  | FaultFact
  | ClusterFaultFact

/** A fault that was brought about on purpose. */
export interface FaultFact {
  readonly type: 'fault'
  readonly fault: FaultAction
  /** `struck`: what it waited for has come, as a kill at a step does. `skipped`: one is on its way already. */
  readonly state: 'in force' | 'struck' | 'skipped'
}

/** Something was done to the brokers of a cluster. */
export interface ClusterFaultFact {
  readonly type: 'cluster fault'
  /** In words, with the broker. */
  readonly what: string
}

/** A thread of the program; one that was started anew has the number of its life in its name. */
export type ThreadFact =
  | { readonly type: 'thread'; readonly name: string; readonly state: ThreadState }
  /** It has closed all that it opened, and goes on: these keep it alive. */
  | { readonly type: 'lingers'; readonly name: string; readonly resources: readonly string[] }
  /** Something was thrown where nobody catches. */
  | { readonly type: 'uncaught'; readonly error: string }

/** `stuck`: it had not ended long after it should have, and was terminated. */
export type ThreadState = 'started' | 'killed' | 'ended' | 'stuck'

/** The process that the program ran in, told by the one that started it. */
export interface ProcessFact {
  readonly type: 'process'
  /** `null`: it did not end by itself, and was killed. */
  readonly exitCode: number | null
  readonly stderr: string
}

export interface CallBegan extends ByActor {
  readonly type: 'began'
  /** Unique in the history. */
  readonly call: string
  readonly name: string
  /** How long it may take, by its own limits and with room for a busy machine. */
  readonly deadlineMs: number
}

/** An answer, or what it threw. */
export interface CallEnded extends ByActor {
  readonly type: 'ended'
  readonly call: string
  readonly name: string
  /** `null`: it succeeded. */
  readonly error: string | null
  /** In words, with its causes. */
  readonly message?: string
}

/** Of a producer. Records have numbers, which rise in the order in which they are given. */
export type RecordFact = ByActor &
  (
    | {
        readonly type: 'given'
        readonly topic: string
        /** All of them from the first to the last, both included. */
        readonly from: number
        readonly to: number
      }
    /** Never taken: it threw, or answered that it is not now. */
    | { readonly type: 'refused'; readonly number: number }
    /** The offset is -1 where nobody is told. */
    | ({ readonly type: 'acknowledged'; readonly number: number } & OffsetAt)
    | {
        readonly type: 'failed'
        readonly number: number
        readonly error: string
        /** Whether the log may have it all the same, as the error says. */
        readonly isMaybeAppended: boolean
        /** In words, with its causes. */
        readonly message: string
      }
    /** Its `onDeliveryError` was called: so many records of a partition have failed together, -1 for none yet. */
    | {
        readonly type: 'undelivered'
        readonly topic: string
        readonly partition: number
        readonly count: number
        readonly error: string
        readonly isMaybeAppended: boolean
        readonly message: string
      }
    /** A flush resolved: what was given since the one before it, up to it, is delivered. */
    | { readonly type: 'flushed'; readonly from: number; readonly to: number }
    /** Promises of records given before that a `flush` or `close` which resolved left pending. */
    | { readonly type: 'forgotten'; readonly after: string; readonly count: number }
  )

/** Of a consumer; `group`: `null` for one that commits for none. */
export type ConsumerFact = ByActor & { readonly group: string | null } & (
    | {
        readonly type: 'handed'
        readonly topic: string
        readonly partition: number
        readonly offsets: readonly number[]
        /** As `recordName` has them. */
        readonly records: readonly string[]
        /** The call that handed them out began at this `order`. */
        readonly since: number
      }
    /** A pool's handler has been given it, and did not fail. */
    | ({ readonly type: 'handled'; readonly record: string } & OffsetAt)
    /** A record is not what any producer writes. */
    | ({ readonly type: 'garbled'; readonly text: string } & OffsetAt)
    | {
        readonly type: 'assigned' | 'revoked' | 'lost'
        readonly partitions: ReadonlyArray<{ topic: string; partition: number }>
      }
    /** What it says that it has, after a call. */
    | {
        readonly type: 'assignment'
        readonly partitions: ReadonlyArray<{ topic: string; partition: number }>
      }
    /** Its `onRecordsMissed` was called, for so many. */
    | {
        readonly type: 'missed'
        readonly topic: string
        readonly partition: number
        readonly count: number
      }
    /** Its position was set by hand. */
    | { readonly type: 'moved'; readonly topic: string; readonly partition: number }
    /** The same is done, and this is where the log begins. */
    | {
        readonly type: 'sought'
        readonly topic: string
        readonly partition: number
        readonly logStartOffset: number
      }
    /** It has given up all that it had. */
    | { readonly type: 'left' }
    /** A pool has told its `onError`. */
    | { readonly type: 'stopped'; readonly error: string; readonly message: string }
  )

/** Of the log and of groups. */
export type OffsetFact =
  /** Offsets that a member is about to commit by name, or has. */
  | {
      readonly type: 'committing' | 'committed'
      readonly actor: string
      readonly group: string
      readonly offsets: readonly OffsetAt[]
    }
  /** What the broker says that a group has committed. */
  | ({ readonly type: 'observed'; readonly group: string; readonly since: number } & OffsetAt)
  | { readonly type: 'reset'; readonly group: string }
  /** A topic is about to be deleted, or is gone. */
  | { readonly type: 'deleting' | 'gone'; readonly topic: string }
  | {
      readonly type: 'deleted'
      readonly topic: string
      readonly partition: number
      readonly before: number
    }
  /** Where the broker says that a log begins and ends, to somebody who asked at the `order` of `since`. */
  | {
      readonly type: 'ends'
      readonly topic: string
      readonly partition: number
      readonly logStartOffset: number
      readonly endOffset: number
      readonly since: number
    }
  /** All that is in the log at the end, when nobody writes. */
  | {
      readonly type: 'remaining'
      readonly topic: string
      readonly partition: number
      readonly logStartOffset: number
      readonly endOffset: number
      readonly offsets: readonly number[]
      readonly records: readonly string[]
    }
