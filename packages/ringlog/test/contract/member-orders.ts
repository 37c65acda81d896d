import type { BrokerAddress, ConsumerConfig } from 'ringlog'

/** What a `group-member.worker.ts` is started with. */
export interface MemberData {
  address: BrokerAddress
  topic: string
  config: ConsumerConfig
  /** Int32 words: 0 what it is to do, 1 the records that it was given, 2 the partitions it has. */
  words: SharedArrayBuffer
}

/** What word 0 says. */
export const POLL = 0
/** Blocks the thread until the word says something else. */
export const BLOCK = 1
/** Closes, and lets the thread end. */
export const CLOSE = 2
