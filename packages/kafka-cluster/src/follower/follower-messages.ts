import type { IsolationLevel } from '@ringlog/core/internal'
import type { MessagePort } from 'node:worker_threads'
import type { ResolvedClusterConfig } from '../cluster-config.ts'
import type { LogBounds } from '../consumer/fetched-log.ts'

/** A partition that is followed: which one, and how. */
export interface FollowedPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** What is read of transactions: a partition that is read both ways has two followers. */
  readonly isolationLevel: IsolationLevel
}

/** A consumer that is to read along. */
export interface ReaderRequest extends FollowedPartition {
  /** Unique in the process. */
  readonly readerId: string
  /** Where it stands: a follower that is started for it begins here. */
  readonly startOffset: number
  /** Of the record before `startOffset`; -1: not known. */
  readonly leaderEpoch: number
  readonly bounds: LogBounds
  /** The consumer's: rung after every append. */
  readonly doorbell: SharedArrayBuffer
  /** Whether it holds the ring back where it reads in it. */
  readonly isGating: boolean
}

/** What a consumer reads a followed partition from. */
export interface FollowedMemory {
  readonly ring: SharedArrayBuffer
  /** Of `FollowerWords`. */
  readonly words: SharedArrayBuffer
  /** The follower's: rung by whoever releases, where the ring is blocked. */
  readonly followerDoorbell: SharedArrayBuffer
  /** `null`: it holds nothing back. */
  readonly gate: SharedArrayBuffer | null
}

/** What the hub offers to the clients of the process. */
export interface FollowerService {
  /** Answers once the client is connected. @param lifeline By which the client sees that the hub has ended. */
  greet(lifeline: MessagePort): void
  openReader(request: ReaderRequest): FollowedMemory
  closeReader(readerId: string): void
}

/** A reader, as its follower sees it. */
export interface FollowerReader {
  readonly readerId: string
  readonly doorbell: SharedArrayBuffer
  /** Open already, where its reader begins; `null`: it holds nothing back. */
  readonly gate: SharedArrayBuffer | null
}

/** What a follower offers to the hub. */
export interface FollowerControl {
  openReader(reader: FollowerReader): void
  closeReader(readerId: string): void
  /** The thread then ends by itself. */
  close(): void
}

/** What a follower's thread begins with: its `workerData`. */
export interface FollowerStart extends FollowedPartition {
  readonly config: ResolvedClusterConfig
  /** Its ring begins where the follower does. */
  readonly memory: Omit<FollowedMemory, 'gate'>
  /** Calls of a `FollowerControl` arrive here. */
  readonly port: MessagePort
}

/** What the hub's thread begins with. */
export interface HubStart {
  readonly hubId: string
  readonly config: ResolvedClusterConfig
  /** Of the client that has started it: calls of a `FollowerService` arrive here. */
  readonly port: MessagePort
}

/** A message to the hub's thread, from one that it was not started by. */
export interface ConnectToHub {
  readonly type: typeof CONNECT_TO_HUB
  readonly hubId: string
  readonly port: MessagePort
}

export const CONNECT_TO_HUB = 'ringlog:connect-to-followers'
